# shellcheck shell=bash
# The one shape of an error, as in src/common/errors.ts: code, message, detail, suggestion, phase.

error_code=
error_message=
error_suggestion=
error_exit=
error_detail=
error_phase=
# `no` where an error is a finding to be printed, as by --check.
error_logged=yes

# error_text: prints what went wrong, in one line.
error_text() {
  printf '%s%s' "$error_message" "${error_detail:+ ($error_detail)}"
}

# error_remedy: prints what to do about it.
error_remedy() {
  printf '%s' "$error_suggestion"
}

# error_is CODE: whether this is what went wrong.
error_is() {
  [[ $error_code == "$1" ]]
}

# error_forget: the error was dealt with.
error_forget() {
  error_code='' error_message='' error_suggestion='' error_exit='' error_detail='' error_phase=''
}

# error_add_arguments: adds what report.ts is to know of the error to the caller's `arguments`.
error_add_arguments() {
  [[ -z $error_code ]] ||
    # In one word each: a message that begins with a flag would be taken for one.
    arguments+=("--error-code=$error_code" "--error-message=$error_message" "--error-suggestion=$error_suggestion"
      "--error-phase=$error_phase")
}

# error_exit_with EXIT: for an error that somebody else has logged; returns EXIT, with which the script ends.
error_exit_with() {
  error_exit=$1
  return "$1"
}

# error_take EXIT CODE MESSAGE DETAIL SUGGESTION PHASE: takes over an error that a worker has logged; returns EXIT.
error_take() {
  error_remember "$1" "$2" "$3" "$5"
  error_detail=$4 error_phase=$6
  [[ -z $4 || -z ${run_dir:-} ]] || error_keep_detail "$4"
  return "$1"
}

# error_keep_detail TEXT: for the report, all of it; where there is no room, what was said has to do.
error_keep_detail() {
  { printf '%s\n' "$1" >"$run_dir/error-detail"; } 2>/dev/null || true
}

# error_keep_quiet: from here on errors are remembered, not logged.
error_keep_quiet() {
  error_logged=no
}

# error_speak_up: from here on they are logged, whatever was kept quiet before.
error_speak_up() {
  error_logged=yes
}

# error_remember EXIT CODE MESSAGE SUGGESTION: for the report, and for what --json prints.
error_remember() {
  error_exit=$1 error_code=$2 error_detail='' error_phase=${run_phase:-start}
  error_message=$(command_typed "$3")
  error_suggestion=$(command_typed "$4")
}

# error_settle EXIT: what has ended a command with this exit code, where nobody raised an error; and no secret in any.
error_settle() {
  case $1:$error_code in
  130: | 143:) error_remember "$1" INTERRUPTED 'The command was interrupted.' 'Start it again; nothing was changed.' ;;
  *:)
    if [[ -n ${run_phase:-} ]]; then
      error_remember "$1" STEP_FAILED "The step \"$run_phase\" ended with exit code $1." 'Read the end of the log; run again with -v for details.'
    else
      error_remember "$1" STEP_FAILED "The command ended with exit code $1." 'What it said stands on stderr; run it again with -v.'
    fi
    ;;
  esac
  error_message=$(log_masked "$error_message")
  error_detail=$(log_masked "$error_detail")
  error_suggestion=$(log_masked "$error_suggestion")
}

# error_document EXIT: prints it as JSON (docs/reference/outcome.schema.json).
error_document() {
  error_settle "$1"
  if ! worker_find || ! printf '%s\0' "$error_code" "$error_message" "$error_detail" "$error_suggestion" "$error_phase" |
    worker_try answer.ts failure "$1"; then
    error_fixed_document "$1"
  fi
}

# error_fixed_document EXIT: the same where there is no Node to make JSON of any words. These are fixed, and what is put in is our own
# and needs no escaping: an exit code, an error's code, the oldest Node's version. The words themselves stand on stderr.
error_fixed_document() {
  local message='The command failed; why stands on stderr.'
  ! error_is NODE_PACKAGES_MISSING || message="The toolkit's JavaScript packages, or a Node of at least ${node_oldest:?}, are not there."
  printf '{"status":"failed","exitCode":%d,"error":{"code":"%s","message":"%s","detail":null,"suggestion":"%s","phase":"start"}}\n' \
    "$1" "$error_code" "$message" "Without them: run install.sh --deps in the toolkit's directory."
}

# error_raise EXIT CODE MESSAGE SUGGESTION [DETAIL_FILE]: logs the error as one paragraph, remembers it for the report, and
# returns EXIT, with which the script ends.
error_raise() {
  error_remember "${@:1:4}"
  if [[ -s ${5:-} ]]; then
    error_detail=$(tail -c 2000 "$5" | tr '\n' ' ' | sed 's/ *$//')
    [[ $5 == "${run_dir:?}/error-detail" ]] || error_keep_detail "$(<"$5")"
  fi
  error_log
  return "$error_exit"
}

# error_log: the error as one paragraph.
error_log() {
  [[ $error_logged == no ]] || log_error "$(error_text) — $error_suggestion [$error_code in $error_phase]"
}
