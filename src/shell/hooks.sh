# shellcheck shell=bash
# The operator's own programs: executables in $HOOKS_DIR/<event>/, run in name order.

# So many bytes of what a hook prints are logged.
readonly hooks_shown=65536

# hooks_run EVENT: a failing hook before the work stops the run; any other is only warned about. One that anybody else could
# have written is not run; before the work it is told of any event's.
hooks_run() {
  local event=$1 hook status began
  [[ $event != before-* ]] || hooks_require_trusted || return $?
  for hook in "$HOOKS_DIR/$event"/*; do
    [[ -f $hook ]] || continue
    if [[ ! -x $hook ]]; then
      log_warn "The hook $hook is not executable and was left out."
      continue
    fi
    if ! trust_file "$hook"; then
      run_finding note hook-not-trusted "The hook $hook was not run: ${trust_problem:?} ${trust_remedy:?}"
      continue
    fi
    log_info "Hook $event/${hook##*/}"
    status=0 began=$SECONDS
    HOOK_EVENT=$event RUN_EXIT_CODE=${run_exit:-} ARCHIVE=${run_archive:-} GENERATION=${partial_directory:-$LOCAL_BACKUP_DIR} RUN_KIND=${run_kind:?} \
      ERROR_CODE=${error_code?} ERROR_MESSAGE=${error_message?} ERROR_SUGGESTION=${error_suggestion?} ERROR_PHASE=${error_phase?} \
      child_run timeout --kill-after=10 "$HOOK_TIMEOUT_SEC" "$hook" >"${run_dir:?}/hook-output" 2>&1 || status=$?
    # One that ignores the signal is killed, and timeout says so in place of its own code.
    ((status != 137 || SECONDS - began < HOOK_TIMEOUT_SEC)) || status=124
    hooks_log "${run_dir:?}/hook-output"
    ((status == 0)) || hooks_failed "$event" "$hook" "$status" || return $?
  done
}

# hooks_exist EVENT: whether there are any for it.
hooks_exist() {
  local hook
  for hook in "$HOOKS_DIR/$1"/*; do
    [[ ! -f $hook ]] || return 0
  done
  return 1
}

# hooks_log FILE: what it printed, as far as anybody would read it.
hooks_log() {
  local size
  size=$(stat -c %s -- "$1") || return $?
  log_file INFO <(head -c "$hooks_shown" -- "$1")
  ((size <= hooks_shown)) || log_warn "It printed $size bytes; of these, the first $hooks_shown stand here."
}

# hooks_require_trusted: refuses the run for a hook of any event that is not trusted.
hooks_require_trusted() {
  local hook
  for hook in "$HOOKS_DIR"/*/*; do
    [[ -f $hook && -x $hook ]] || continue
    trust_file "$hook" ||
      error_raise 78 FILE_NOT_TRUSTED "The hook $hook is not run: ${trust_problem:?}" "${trust_remedy:?}" || return $?
  done
}

# hooks_failed EVENT HOOK STATUS
hooks_failed() {
  local message="The hook $2 failed with exit code $3"
  (($3 != 124)) || message="The hook $2 did not end within $HOOK_TIMEOUT_SEC seconds"
  if [[ $1 != before-* ]]; then
    run_finding note hook-failed "$message."
    return 0
  fi
  error_raise 1 HOOK_FAILED "$message, so the run was not begun." "Mend the hook, or remove it from $HOOKS_DIR/$1." "${run_dir:?}/hook-output"
}
