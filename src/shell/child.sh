# shellcheck shell=bash
# Programs that work for a run: they can be stopped while we wait, and they end when we do, even by kill -9.

# Those under way, each in a process group of its own.
child_pids=()
# The one that was begun last, and the one that ended last.
child_begun=
child_ended=
# One of our own process group that is waited for.
child_watched=
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
  local status=0 pid
  child_begin "$@"
  pid=$child_begun
  # Without the shell's own remark on how the program ended.
  wait "$pid" 2>/dev/null || status=$?
  child_forget "$pid"
  return "$status"
}

# child_begin PREPARATION COMMAND...: starts it and returns at once; `child_begun` is its process.
child_begin() {
  set -m
  child_become "$@" </dev/null &
  child_begun=$!
  set +m
  child_pids+=("$child_begun")
}

# child_wait_any: waits until one of those under way has ended, `child_ended`, and returns its exit code. They are looked at, for
# `wait -n` passes over one that ended just before, and waits for others, who may be waiting for our note of that one's end.
child_wait_any() {
  local status=0 looks=0
  # Without the shell's own remark on how one ended. By a program of its own: a trap that exits while Bash reads with a limit of
  # time leaves it in a state that it never comes out of. What ends soon is seen soon.
  until child_find_ended; do
    if ((looks++ < 50)); then sleep 0.02; else sleep 0.1; fi
  done 2>/dev/null
  wait "$child_ended" 2>/dev/null || status=$?
  child_forget "$child_ended"
  return "$status"
}

# child_find_ended: sets `child_ended` to one of those under way that has ended; returns 1 when none has. The shell is asked, for the
# number of one that ended a while ago may be another process's by now.
child_find_ended() {
  local running
  running=$(jobs -rp)
  for child_ended in "${child_pids[@]}"; do
    [[ $'\n'$running$'\n' == *$'\n'"$child_ended"$'\n'* ]] || return 0
  done
  return 1
}

# child_forget PID: it has ended.
child_forget() {
  local pid
  local -a left=()
  for pid in "${child_pids[@]}"; do
    [[ $pid == "$1" ]] || left+=("$pid")
  done
  child_pids=("${left[@]}")
}

# child_run_attached COMMAND...: for a program that asks questions. It stays in our process group, as only the terminal's own
# group may read from it; Ctrl-C reaches both.
child_run_attached() {
  local status=0
  { streams_part && exec setpriv --pdeathsig=TERM -- "$@"; } <&0 &
  child_watch "$!" || status=$?
  return "$status"
}

# child_watch PID: waits for a program of our own process group, and returns its exit code. Whoever is interrupted meanwhile ends it.
child_watch() {
  local status=0
  child_watched=$1
  # Without the shell's own remark on how it ended.
  wait "$1" 2>/dev/null || status=$?
  child_watched=
  return "$status"
}

# child_end_watched SIGNAL: ends the one that is waited for, if any.
child_end_watched() {
  [[ -n $child_watched ]] || return 0
  # It may have ended by itself by now.
  kill -s "$1" "$child_watched" 2>/dev/null || true
  wait "$child_watched" 2>/dev/null || true
  child_watched=
}

# child_become PREPARATION COMMAND...: turns the subshell it is called in into the program.
child_become() {
  "$1"
  streams_part
  exec setpriv --pdeathsig=TERM -- "${@:2}"
}

# child_stop [SIGNAL]: ends every program under way with everything it started: by the signal, default TERM, and KILL after a while.
child_stop() {
  local pid waited
  # Each may have ended by itself by now.
  for pid in "${child_pids[@]}"; do
    kill -s "${1:-TERM}" -- "-$pid" 2>/dev/null || true
  done
  for ((waited = 0; waited < child_grace_sec * 10; waited++)); do
    child_are_ended && break
    sleep 0.1
  done
  for pid in "${child_pids[@]}"; do
    kill -KILL -- "-$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  child_pids=()
}

# child_are_ended: whether none is under way any more.
child_are_ended() {
  local pid
  for pid in "${child_pids[@]}"; do
    ! kill -0 "$pid" 2>/dev/null || return 1
  done
}

# child_limited COMMAND...: child_run within COMMAND_TIMEOUT_SEC; exit code 124 says that it was not enough.
child_limited() {
  child_run timeout --kill-after=30 "$COMMAND_TIMEOUT_SEC" "$@"
}
