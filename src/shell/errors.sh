# shellcheck shell=bash
# The one shape of an error, as in src/common/errors.ts: code, message, detail, suggestion, phase.

error_code=
error_message=
error_suggestion=
error_exit=
error_detail=
# `no` where an error is a finding to be printed, as by --check.
error_logged=yes

# error_text: prints what went wrong, in one line.
error_text() {
  printf '%s%s' "$error_message" "$error_detail"
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
  error_code='' error_message='' error_suggestion='' error_exit='' error_detail=''
}

# error_add_arguments: adds what report.ts is to know of the error to the caller's `arguments`.
error_add_arguments() {
  [[ -z $error_code ]] ||
    arguments+=(--error-code "$error_code" --error-message "$error_message" --error-suggestion "$error_suggestion")
}

# error_exit_with EXIT: for an error that somebody else has logged; returns EXIT, with which the script ends.
error_exit_with() {
  error_exit=$1
  return "$1"
}

# error_keep_quiet: from here on errors are remembered, not logged.
error_keep_quiet() {
  error_logged=no
}

# error_raise EXIT CODE MESSAGE SUGGESTION [DETAIL_FILE]: logs the error as one paragraph, remembers it for the report, and
# returns EXIT, with which the script ends.
error_raise() {
  local detail=
  error_exit=$1 error_code=$2 error_message=$3 error_suggestion=$4
  if [[ -s ${5:-} ]]; then
    detail=" ($(tail -c 2000 "$5" | tr '\n' ' ' | sed 's/ *$//'))"
    [[ $5 == "${run_dir:?}/error-detail" ]] || cp -- "$5" "$run_dir/error-detail"
  fi
  error_detail=$detail
  [[ $error_logged == no ]] || log_error "$error_message$detail — $error_suggestion [$error_code in ${run_phase:-start}]"
  return "$error_exit"
}
