# shellcheck shell=bash
# One run at a time. The kernel's locks go with the run, however it ends; the files only name its holder. Each lies beside what it
# protects, so that runs meet there whatever their environment says of home and runtime directories, and also those of two
# projects that share a place: the project's state, the current generation, the extracted one.

lock_fd=
lock_place_fds=()
lock_place_files=()
lock_place_directories=()
# What a killed run had started gets this long to notice and end.
readonly lock_orphans_sec=20
# The exit code with which flock says that somebody else holds it.
readonly lock_conflict=9

# lock_acquire: returns 75 when another run is under way.
lock_acquire() {
  local directory
  if ! mkdir -p -- "${LOCK_FILE%/*}" "$STATE_DIR" "$LOG_DIR" 2>/dev/null || [[ ! -w ${LOCK_FILE%/*} ]]; then
    error_raise 78 STATE_UNWRITABLE "One of the directories for state and logs cannot be made or written: $STATE_DIR, $LOG_DIR." \
      'Check their rights; they must belong to the user who runs the backup.'
    return $?
  fi
  [[ -z $lock_fd ]] || return 0
  exec {lock_fd}<>"$LOCK_FILE"
  lock_take "$lock_fd" "$LOCK_FILE" || return $?
  for directory in "$LOCAL_BACKUP_DIR" "$BORG_EXTRACT_DIR"; do
    lock_place "$directory.lock" || return $?
  done
}

# lock_place FILE: takes the lock beside a place that another project or another home may share. Where nothing can be written,
# nothing needs to be protected.
lock_place() {
  local fd
  while :; do
    [[ -d ${1%/*} ]] || lock_place_directories+=("${1%/*}")
    mkdir -p -- "${1%/*}" 2>/dev/null || return 0
    if [[ -e $1 ]]; then [[ -f $1 && -w $1 ]] || return 0; else [[ -w ${1%/*} ]] || return 0; fi
    # Where a link leads, its name may be too long.
    { exec {fd}<>"$1"; } 2>/dev/null || return 0
    lock_take "$fd" "$1" || return $?
    # Whoever held it may have removed the file meanwhile, and the next would make another.
    [[ $(stat -L -c %d:%i "/proc/self/fd/$fd") != "$(stat -c %d:%i -- "$1" 2>/dev/null)" ]] || break
    exec {fd}>&-
  done
  lock_place_fds+=("$fd")
  lock_place_files+=("$1")
}

# lock_tidy: the end of the run: the files beside the operator's directories go, and the directories made for them that are
# empty still; the locks go with the process.
lock_tidy() {
  ((${#lock_place_files[@]} == 0)) || rm -f -- "${lock_place_files[@]}"
  ((${#lock_place_directories[@]} == 0)) || rmdir -- "${lock_place_directories[@]}" 2>/dev/null || true
  lock_place_files=() lock_place_directories=()
}

# lock_take FD FILE
lock_take() {
  local holder='' since='' status=0
  flock --nonblock --conflict-exit-code "$lock_conflict" "$1" || status=$?
  if ((status == lock_conflict)); then
    # Empty while its holder has not written yet; then there is no line to read.
    read -r holder since <"$2" || true
    if [[ $holder =~ ^[0-9]+$ && -d /proc/$holder ]]; then
      error_raise 75 LOCKED "Another run of the project $PROJECT_NAME, or one that shares $2 with it, is under way: process $holder, since ${since:-unknown}$(lock_state "$holder")." \
        "$(lock_remedy "$holder")"
      return $?
    fi
    status=0
    child_run_holding_lock flock --timeout "$lock_orphans_sec" --conflict-exit-code "$lock_conflict" "$1" || status=$?
  fi
  case $status in
  0)
    if ! { printf '%s %s\n' "$$" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$2"; } 2>/dev/null; then
      error_raise 78 STATE_UNWRITABLE "The directory ${2%/*} takes nothing more: its disk is full, or it may not be written to." \
        "Make room or mend its rights; see: df -h '${2%/*}'"
    fi
    ;;
  "$lock_conflict")
    error_raise 75 LOCKED "A run of the project $PROJECT_NAME, process ${holder:-unknown}, has ended, but something that it started has not, or it runs on another machine." \
      "See what it is: fuser -v $2; wait for it to end, or stop it."
    ;;
  *)
    error_raise 78 LOCK_UNSUPPORTED "The file system of $2 does not know locks, so two runs could not see each other." \
      "Put that directory on another file system; for the state: set XDG_STATE_HOME."
    ;;
  esac
}

# lock_is_stopped PID: whether somebody has stopped it, e.g. by Ctrl-Z: it waits for nothing then, and ends only when it goes on.
lock_is_stopped() {
  local status
  status=$(cat -- "/proc/$1/status" 2>/dev/null) || return 1
  [[ $status == *$'\nState:\t'[Tt]* ]]
}

# lock_state PID: prints what is to be said of a holder that does not go on.
lock_state() {
  ! lock_is_stopped "$1" || printf '; it is stopped, as by Ctrl-Z'
}

lock_remedy() {
  if lock_is_stopped "$1"; then
    printf 'Let it go on: kill -CONT %d; or end it: kill %d && kill -CONT %d' "$1" "$1" "$1"
  else
    printf 'Wait for it to end, or end it: kill %d' "$1"
  fi
}

# lock_leave: in a subshell, lets go of the locks without releasing them: what outlives the run must not hold them.
lock_leave() {
  local fd
  for fd in $lock_fd "${lock_place_fds[@]}"; do exec {fd}>&-; done
}
