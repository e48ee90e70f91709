# shellcheck shell=bash
# One run at a time per project. The kernel's lock goes with the run, however it ends; the file only names its holder.

lock_fd=
# What a killed run had started gets this long to notice and end.
readonly lock_orphans_sec=20

# lock_acquire: returns 75 when another run of the project is under way.
lock_acquire() {
  local holder='' since=''
  if ! mkdir -p -- "${LOCK_FILE%/*}" "$STATE_DIR" "$LOG_DIR" 2>/dev/null; then
    error_raise 78 STATE_UNWRITABLE "One of the directories for state, logs and lock cannot be made: $STATE_DIR, $LOG_DIR, ${LOCK_FILE%/*}." \
      'Check their rights; they must belong to the user who runs the backup.'
    return
  fi
  exec {lock_fd}<>"$LOCK_FILE"
  if ! flock --nonblock "$lock_fd"; then
    read -r holder since <"$LOCK_FILE" || true
    if [[ -n $holder && -d /proc/$holder ]]; then
      error_raise 75 LOCKED "Another run of the project $PROJECT_NAME is under way: process $holder, since ${since:-unknown}." \
        'Wait for it to end, or stop that process.'
      return
    elif ! flock --timeout "$lock_orphans_sec" "$lock_fd"; then
      error_raise 75 LOCKED "A run of the project $PROJECT_NAME, process ${holder:-unknown}, has ended, but something that it started has not." \
        "See what it is: fuser -v $LOCK_FILE; wait for it to end, or stop it."
      return
    fi
  fi
  printf '%s %s\n' "$$" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$LOCK_FILE"
}

# lock_leave: in a subshell, lets go of the lock without releasing it: what outlives the run must not hold it.
lock_leave() {
  [[ -z $lock_fd ]] || exec {lock_fd}>&-
}
