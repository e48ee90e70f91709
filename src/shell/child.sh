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
  child_begin "$@"
  child_await "$child_begun"
}

# child_await PID: waits for one that was begun, and returns its exit code.
child_await() {
  local status=0
  # Without the shell's own remark on how the program ended.
  wait "$1" 2>/dev/null || status=$?
  child_forget "$1"
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

# child_wait_any PID...: waits until one of these has ended, `child_ended`, and returns its exit code. They are looked at, for
# `wait -n` passes over one that ended just before, and waits for others, who may be waiting for our note of that one's end.
child_wait_any() {
  local looks=0
  # Without the shell's own remark on how one ended. By a program of its own: a trap that exits while Bash reads with a limit of
  # time leaves it in a state that it never comes out of. What ends soon is seen soon.
  until child_find_ended "$@"; do
    if ((looks++ < 50)); then sleep 0.02; else sleep 0.1; fi
  done 2>/dev/null
  child_await "$child_ended"
}

# child_find_ended PID...: sets `child_ended` to one of these that has ended; returns 1 when none has. The shell is asked, for the
# number of one that ended a while ago may be another process's by now.
child_find_ended() {
  local running
  running=$(jobs -rp)
  for child_ended in "$@"; do
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
  until child_are_gone "$child_watched"; do sleep 0.1; done 2>/dev/null
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
  child_signal "${1:-TERM}"
  child_await_gone
  child_signal KILL
  child_await_gone
  child_pids=()
}

# child_signal SIGNAL: sends it to every program under way and to what that started. Each may have ended by itself by now.
child_signal() {
  local pid
  for pid in "${child_pids[@]}"; do
    kill -s "$1" -- "-$pid" 2>/dev/null || true
  done
}

# child_await_gone: waits until every program under way has gone, for the time that a stopped one has to clean up. Not by `wait`:
# where a child ends in the moment that a signal interrupts a `wait`, Bash loses its end, and would wait for it for ever.
child_await_gone() {
  local waited
  for ((waited = 0; waited < child_grace_sec * 10; waited++)); do
    ! child_are_gone "${child_pids[@]}" || return 0
    sleep 0.1
    # Without the shell's own remark on how one ended.
  done 2>/dev/null
}

# child_are_gone PID...: whether there is none of them any more.
child_are_gone() {
  local pid
  for pid in "$@"; do
    ! kill -0 "$pid" 2>/dev/null || return 1
  done
}

# child_limited COMMAND...: child_run within COMMAND_TIMEOUT_SEC; exit code 124 says that it was not enough.
child_limited() {
  child_run timeout --kill-after=30 "$COMMAND_TIMEOUT_SEC" "$@"
}
