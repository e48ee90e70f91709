# shellcheck shell=bash
# What a command prints on stdout. With --json that is exactly one JSON document, however the command ends: its answer, a
# run's report, or the error that ended it.

output_json=no
answer_given=no
# Our stdout: a trap may run while the output of a command is redirected, and would answer into that.
answer_fd=

# answer_begin ARGUMENT...: looks for --json ahead of the other flags, one of which may be wrong.
answer_begin() {
  ! arguments_include --json "$@" || output_json=yes
  trap answer_end EXIT
  # A shell that a signal ends by itself says nothing, and does not tell its EXIT trap so.
  trap 'answer_interrupted INT 130' INT
  trap 'answer_interrupted TERM 143' TERM
  trap 'answer_interrupted HUP 143' HUP
  [[ $output_json == no ]] || exec {answer_fd}>&1
}

# answer_interrupted SIGNAL EXIT: of what is no run, or not one yet; see run_interrupted for those.
answer_interrupted() {
  trap '' INT TERM HUP
  child_end_watched "$1"
  if worker_stop "$1" "$2"; then exit "$2"; fi
  child_stop "$1"
  error_speak_up
  error_raise "$2" INTERRUPTED "The command was interrupted by SIG$1." 'Start it again; nothing is left half done.' || exit "$2"
}

# answer_leave: in a subshell, lets go of our stdout.
answer_leave() {
  [[ -z $answer_fd ]] || exec {answer_fd}>&-
}

# answer_document DOCUMENT: with --json, prints it; one that is empty is none.
answer_document() {
  [[ -n $1 ]] || return 0
  # One that cannot be written is not tried again.
  answer_given=yes
  output_write "$1" "$answer_fd"
}

# answer_is_given: somebody else has printed it.
answer_is_given() {
  answer_given=yes
}

# answer_done TEXT: says that it was done.
answer_done() {
  [[ $output_json == yes ]] || output_write "$(command_typed "$1")" || return $?
  answer_outcome 0
}

# answer_of SCRIPT ARGUMENT...: has a worker print the answer, in the form that is wanted.
answer_of() {
  local document status=0
  if [[ $output_json == yes ]]; then
    document=$(worker_call "$@" --json) || status=$?
    answer_document "$document"
  else
    terminal_look
    answer_print "$@" || status=$?
  fi
  # By its name: within a trap, return alone has the status from before the trap.
  return "$status"
}

# answer_print SCRIPT ARGUMENT...: what it prints for people; COLUMNS tells it how wide the terminal is.
answer_print() {
  local text status=0
  if [[ -z $terminal_width ]]; then
    worker_call "$@"
    return $?
  fi
  text=$(COLUMNS=$terminal_width worker_call "$@") || status=$?
  [[ -z $text ]] || terminal_say "$text" || return $?
  return "$status"
}

# answer_end: the EXIT trap of what is no run; see run_end for those.
answer_end() {
  local status=$?
  # What is removed now makes room.
  room_blame_for "$status"
  [[ -z ${run_dir:-} ]] || rm -rf -- "$run_dir"
  lock_tidy
  ((status == 0)) || answer_outcome "$status" || true
  exit "$(output_exit "$status")"
}

# answer_outcome EXIT: with --json, and unless a document was printed: how the command ended (docs/reference/outcome.schema.json).
answer_outcome() {
  [[ $output_json == yes && $answer_given == no ]] || return 0
  case $1 in
  0) answer_document '{"status":"success","exitCode":0,"error":null}' ;;
  3) answer_document '{"status":"degraded","exitCode":3,"error":null}' ;;
  *) answer_document "$(error_document "$1")" ;;
  esac
}
