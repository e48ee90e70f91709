# shellcheck shell=bash
# Programs that work for a run: they can be stopped while we wait, and they end when we do, even by kill -9.

child_pid=
# How long a stopped program may take to clean up behind itself.
readonly child_grace_sec=15

# child_run COMMAND...: runs it in a process group of its own and returns its exit code.
child_run() {
  child_start child_detach "$@"
}

# child_detach: in a subshell, lets go of what a program that outlives the run, such as a daemon that a hook starts, must not
# keep open: the lock, and the terminal that whoever started us may wait for.
child_detach() {
  lock_leave
  log_leave
  answer_leave
  events_leave
}

# child_run_holding_lock COMMAND...: for a program that writes into the generation; until it has gone, so may no other run.
child_run_holding_lock() {
  child_start events_leave "$@"
}

# child_start PREPARATION COMMAND...
child_start() {
  local status=0
  set -m
  child_become "$@" </dev/null &
  child_pid=$!
  set +m
  # Without the shell's own remark on how the program ended.
  wait "$child_pid" 2>/dev/null || status=$?
  child_pid=
  return "$status"
}

# child_run_attached COMMAND...: for a program that asks questions. It stays in our process group, as only the terminal's own
# group may read from it; Ctrl-C reaches both, and other signals are answered when it has ended.
child_run_attached() {
  setpriv --pdeathsig=TERM -- "$@"
}

# child_become PREPARATION COMMAND...: turns the subshell it is called in into the program.
child_become() {
  "$1"
  exec setpriv --pdeathsig=TERM -- "${@:2}"
}

# child_stop [SIGNAL]: ends the program under way with everything it started: by the signal, default TERM, and KILL after a while.
child_stop() {
  [[ -n $child_pid ]] || return 0
  local waited
  kill -s "${1:-TERM}" -- "-$child_pid" 2>/dev/null || true
  for ((waited = 0; waited < child_grace_sec * 10; waited++)); do
    kill -0 "$child_pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL -- "-$child_pid" 2>/dev/null || true
  wait "$child_pid" 2>/dev/null || true
  child_pid=
}

# child_limited COMMAND...: child_run within COMMAND_TIMEOUT_SEC; exit code 124 says that it was not enough.
child_limited() {
  child_run timeout --kill-after=30 "$COMMAND_TIMEOUT_SEC" "$@"
}
