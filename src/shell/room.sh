# shellcheck shell=bash
# Which disk is full, where all that is known is that something found no room, or ended without a word. What is said to do about it
# depends on which one it is: to delete archives helps where the repository's is.

# With less, in bytes, a disk is full to whoever writes to it: so much takes Borg for its test of itself alone, where TMPDIR is.
readonly room_least=262144

# room_is_short PATH: whether the disk of it takes nothing more, or that of the nearest directory above it that is there. For root, what
# the file system keeps back for root counts as free. One that does not answer is not known to be full.
room_is_short() {
  local all others size total files
  read -r all others size total files < <(timeout 5 stat --file-system --format='%f %a %S %c %d' -- "$(preflight_existing "$1")" 2>/dev/null) || return 1
  (($(id -u) == 0)) || all=$others
  # Some file systems do not count files, and have none of none.
  ((all * size < room_least || (total > 0 && files == 0)))
}

# room_places: prints where a command writes on this machine, a line each: a word for it and the path. The repository comes last: it is
# to blame only where nothing else is.
room_places() {
  printf '%s\t%s\n' temporary "${TMPDIR:-/tmp}"
  [[ -z ${extract_directory:-} ]] || printf '%s\t%s\n' extracted "$extract_directory"
  # Without settings, no more is known yet.
  [[ -n ${STATE_DIR:-} ]] || return 0
  printf '%s\t%s\n' state "$STATE_DIR" log "$LOG_DIR" local "${LOCAL_BACKUP_DIR%/*}" extract "${BORG_EXTRACT_DIR%/*}" \
    cache "$(borg_own_directory cache)" config "$(borg_own_directory config)"
  [[ ${BORG_REPO:-} != /* ]] || printf '%s\t%s\n' repository "$BORG_REPO"
}

# room_find: prints the line of the first of them whose disk is full; nothing where none is.
room_find() {
  local word path
  while IFS=$'\t' read -r word path; do
    if room_is_short "$path"; then
      printf '%s\t%s\n' "$word" "$path"
      return 0
    fi
  done < <(room_places)
}

# room_raise WORD PATH [DETAIL_FILE]: raises the error for it.
room_raise() {
  local name remedy='Make room there'
  case $1 in
  temporary) name='for temporary files (TMPDIR)' remedy+=', or set TMPDIR to a directory on another disk' ;;
  state) name='for the state of this project' ;;
  log) name='for the logs' ;;
  local) name='for the local backup (LOCAL_BACKUP_DIR)' remedy+=', or put LOCAL_BACKUP_DIR on a larger disk' ;;
  extract) name='for what is extracted (BORG_EXTRACT_DIR)' remedy+=', or set BORG_EXTRACT_DIR to a directory on another disk' ;;
  extracted) name='for what is extracted' ;;
  cache | config) name='for what Borg keeps on this machine' remedy+=', or set BORG_BASE_DIR to a directory on another disk' ;;
  repository) name='of the Borg repository' ;;
  esac
  error_raise 1 DISK_FULL "The disk $name is full: $2." \
    "$remedy; see: df -h '$(preflight_existing "$2")', and df -i for the number of files. Then run again: what was there before is not lost." \
    "${3:-}"
}

# room_blame: raises the error for the disk that is full, if one is; else returns 0. For what ended without saying why.
room_blame() {
  local found
  found=$(room_find)
  [[ -z $found ]] || room_raise "${found%%$'\t'*}" "${found#*$'\t'}"
}

# room_blame_for STATUS: the same for a command that ends with this exit code and has raised no error.
room_blame_for() {
  case $1:${error_code:-} in
  0: | 2: | 3: | 75: | 78: | 130: | 143:) ;;
  *:) room_blame || true ;;
  esac
}

# What of a run is kept free for its end, in bytes: a report, the status and the last lines of the log take less. And what it needs besides.
readonly room_kept=65536 room_needed=32768

# room_keep DIRECTORY: sees to it that the disk has room for a run, and that its end finds some, even where the disk is filled meanwhile. It is
# not zeros, for which some file systems use no room.
room_keep() {
  head -c $((room_kept + room_needed)) /dev/urandom >"$1/room" && truncate -s "$room_kept" -- "$1/room"
}

# room_give_back: the end of the run.
room_give_back() {
  rm -f -- "${run_dir:?}/room"
}
