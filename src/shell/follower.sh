# shellcheck shell=bash
# The one program beside each run (src/run.ts follow): from the run's journal it makes run.json and the events, draws the progress
# of everything under way, and in the end the report. It is started at once, so the run never waits for its start; without it
# the run goes on, and what it had to say is said by the next one, from the journal.

follower_pid=
# Where --events wants the events.
events_fd=

# events_take FD: that of --events; it must have been opened for us.
events_take() {
  if [[ ! $1 =~ ^[0-9]{1,9}$ || ! -e /proc/self/fd/$1 ]]; then
    arguments_refuse "--events needs the number of an open file descriptor, not $1."
    return $?
  fi
  events_fd=$1
}

# events_leave: in a subshell, lets go of it: who reads there waits until all have.
events_leave() {
  [[ -z $events_fd ]] || exec {events_fd}>&-
}

# follower_start: starts it. A signal to our process group is for the run, which tells it by the journal. What it prints in
# the end goes where our own answer goes.
follower_start() {
  local -a arguments=(follow --directory "${run_dir:?}")
  [[ -z $events_fd ]] || arguments+=(--events "$events_fd")
  ! log_is_screen || arguments+=(--screen "${log_terminal_fd:?}")
  # Once.
  [[ -n $follower_pid ]] || ! run_is_awaited || arguments+=(--announce)
  follower_become "${arguments[@]}" </dev/null >&"${answer_fd:-${log_stdout_fd:?}}" &
  follower_pid=$!
}

# follower_become ARGUMENT...: turns the subshell it is called in into the follower. It ends with us, also by kill -9: nobody must
# write into the directory of a run that is gone.
follower_become() {
  lock_leave
  streams_part
  exec setpriv --pdeathsig=KILL -- "${node_command[@]:?}" "$(worker_path run.ts)" "$@"
}

# follower_ensure: where it has died, another goes on in its place.
follower_ensure() {
  [[ -n $follower_pid ]] || return 0
  kill -0 "$follower_pid" 2>/dev/null || follower_start
}

# follower_finish ARGUMENT...: has the run reported and the report printed, with the arguments of `report.ts finish`; returns 1 when
# it could not be written, and 2 when it could not be shown.
follower_finish() {
  local status=70
  if { printf '%s\0' "$@" >"${run_dir:?}/finish"; } 2>/dev/null && follower_ensure && journal_add end; then
    status=0
    wait "$follower_pid" 2>/dev/null || status=$?
  fi
  ((status > 2)) || return "$status"
  # It was killed, or there is no room for its files.
  worker_call report.ts "$@" >&"${answer_fd:-${log_stdout_fd:?}}"
}
