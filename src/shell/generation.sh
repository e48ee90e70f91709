# shellcheck shell=bash
# The generations on disk: the current one at $LOCAL_BACKUP_DIR, the one being made beside it, and how it takes its place.
#
#   current.new-<start>  under way; after a failure it stays, for the next run to take finished objects from
#   current.previous     exists only while one takes the other's place

generation_new=
generation_leftovers=()

# generation_recover: puts right what a run killed between the two renames of a promotion left.
generation_recover() {
  local current=$LOCAL_BACKUP_DIR
  if [[ -d $current.previous && ! -e $current ]]; then
    mv -T -- "$current.previous" "$current"
    log_warn "An earlier run was killed while it put a new generation in place; $current is the one before."
  fi
  rm -rf -- "$current.previous"
}

# generation_check_place: refuses a LOCAL_BACKUP_DIR that is not ours to replace, or that cannot be renamed.
generation_check_place() {
  local current=$LOCAL_BACKUP_DIR
  [[ -e $current ]] || return 0
  if [[ ! -d $current ]] || { [[ ! -f $current/manifest.json ]] && [[ -n $(ls -A -- "$current") ]]; }; then
    error_raise 78 LOCAL_NOT_OURS "LOCAL_BACKUP_DIR, $current, holds something that this toolkit did not make, and would be replaced." \
      'Name a directory that does not exist yet.'
  elif mountpoint -q -- "$current"; then
    error_raise 78 LOCAL_IS_MOUNT_POINT "LOCAL_BACKUP_DIR, $current, is a mount point, which cannot be replaced by renaming." \
      "Name a directory inside it: $current/current."
  fi
}

# generation_prepare: makes the directory for a new generation, and notes what earlier runs left unfinished.
generation_prepare() {
  local parent=${LOCAL_BACKUP_DIR%/*} leftover
  if ! mkdir -p -- "$parent" 2>"${run_dir:?}/mkdir.stderr"; then
    error_raise 78 LOCAL_UNWRITABLE "The directory $parent for LOCAL_BACKUP_DIR cannot be made." 'Check its path and its rights.' "${run_dir:?}/mkdir.stderr"
    return
  fi
  for leftover in "$LOCAL_BACKUP_DIR".new-*; do
    [[ ! -d $leftover ]] || generation_leftovers+=("$leftover")
  done
  generation_new=$LOCAL_BACKUP_DIR.new-$(run_stamp)
  run_cleanup_add generation_tidy
  if ! mkdir -- "$generation_new" 2>"${run_dir:?}/mkdir.stderr"; then
    error_raise 1 LOCAL_UNWRITABLE "A new generation cannot be made in $parent." 'Check its rights, and that the disk is not full.' "${run_dir:?}/mkdir.stderr"
  fi
}

# generation_promote: the new generation takes the current one's place. Killed anywhere, one of the two is there whole.
generation_promote() {
  local current=$LOCAL_BACKUP_DIR
  sync -f -- "$generation_new"
  [[ ! -d $current ]] || mv -T -- "$current" "$current.previous"
  mv -T -- "$generation_new" "$current"
  generation_new=
  generation_discard_leftovers
  rm -rf -- "$current.previous"
}

# generation_discard_leftovers: what earlier runs left unfinished is of no more use.
generation_discard_leftovers() {
  ((${#generation_leftovers[@]} == 0)) || rm -rf -- "${generation_leftovers[@]}"
  generation_leftovers=()
}

# generation_tidy EXIT: after an interruption the unfinished generation goes; after a failure its objects are kept, so
# that the next run need not fetch them again.
generation_tidy() {
  [[ -d $generation_new ]] || return 0
  case $1 in
  130 | 143) rm -rf -- "$generation_new" ;;
  *)
    rm -rf -- "$generation_new/database"
    # Nothing worth keeping: the directory goes if only empty ones are in it.
    [[ -n $(find "$generation_new" -type f -print -quit) ]] || rm -rf -- "$generation_new"
    ;;
  esac
}
