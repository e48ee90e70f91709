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
  [[ -e $current.previous ]] || return 0
  if ! ours_is_free "$current.previous"; then
    error_raise 78 LOCAL_NOT_OURS "$current.previous, where a backup would put the one before for a moment, holds something that this toolkit did not make." \
      "Move it: mv '$current.previous' '$current.previous.kept'"
    return $?
  fi
  if ours_is "$current.previous" && [[ ! -e $current ]]; then
    mv -T -- "$current.previous" "$current"
    log_warn "An earlier run was killed while it put a new generation in place; $current is the one before."
    return $?
  fi
  ours_remove "$current.previous"
}

# generation_check_place: refuses a LOCAL_BACKUP_DIR that is not ours to replace, or that cannot be made or renamed.
generation_check_place() {
  local current=$LOCAL_BACKUP_DIR parent
  parent=$(preflight_existing "${LOCAL_BACKUP_DIR%/*}")
  if [[ ! -d $parent || ! -w $parent ]]; then
    error_raise 78 LOCAL_UNWRITABLE "Nothing can be made in $parent, where LOCAL_BACKUP_DIR, $current, is to be." \
      'Check its path, its rights, and that its file system is not read-only.'
    return $?
  fi
  [[ -e $current ]] || return 0
  if ! ours_is_free "$current"; then
    error_raise 78 LOCAL_NOT_OURS "LOCAL_BACKUP_DIR, $current, holds something that this toolkit did not make, and would be replaced." \
      'Name a directory that does not exist yet.'
  elif ours_is_of_other "$current"; then
    generation_refuse_other "$current"
  elif mountpoint -q -- "$current"; then
    error_raise 78 LOCAL_IS_MOUNT_POINT "LOCAL_BACKUP_DIR, $current, is a mount point, which cannot be replaced by renaming." \
      "Name a directory inside it: $current/current."
  fi
}

# generation_refuse_other DIRECTORY: says whose it is, and what to do where it is this project's all the same.
generation_refuse_other() {
  local name id
  name=$(ours_project "$1")
  id=$(ours_id "$1")
  if [[ $name == "$PROJECT_NAME" ]] && owner_is_id "$id"; then
    error_raise 78 LOCAL_OF_OTHER_PROJECT "LOCAL_BACKUP_DIR, $1, holds the backup of another project named $name, or of this one before its state directory, $STATE_DIR, was lost; it would be replaced." \
      "If it is this project's: $(owner_adopt_command "$id"); else name another directory."
    return $?
  fi
  error_raise 78 LOCAL_OF_OTHER_PROJECT "LOCAL_BACKUP_DIR, $1, holds the backup of another project, $name, and would be replaced." \
    "Name another directory. If it is this project's under another name: mv '$1' '$1.kept'"
}

# generation_list_leftovers: prints the new generations that earlier runs left unfinished, NUL-separated. One that is empty yet was
# left before its mark was written.
generation_list_leftovers() {
  local leftover
  for leftover in "$LOCAL_BACKUP_DIR".new-*; do
    [[ ${leftover#"$LOCAL_BACKUP_DIR".new-} =~ ^[0-9]{4}(-[0-9]{2}){2}_[0-9]{2}(-[0-9]{2}){2}$ ]] || continue
    ! ours_is_free "$leftover" || ours_is_of_other "$leftover" || printf '%s\0' "$leftover"
  done
}

# generation_prepare: makes the directory for a new generation, and notes what earlier runs left unfinished.
generation_prepare() {
  local parent=${LOCAL_BACKUP_DIR%/*}
  if ! mkdir -p -- "$parent" 2>"${run_dir:?}/mkdir.stderr"; then
    error_raise 78 LOCAL_UNWRITABLE "The directory $parent for LOCAL_BACKUP_DIR cannot be made." 'Check its path and its rights.' "${run_dir:?}/mkdir.stderr"
    return $?
  fi
  mapfile -d '' -t generation_leftovers < <(generation_list_leftovers)
  generation_new=$LOCAL_BACKUP_DIR.new-$(run_stamp)
  run_cleanup_add generation_tidy
  if ! ours_make "$generation_new" 2>"${run_dir:?}/mkdir.stderr"; then
    error_raise 1 LOCAL_UNWRITABLE "A new generation cannot be made in $parent." 'Check its rights, and that the disk is not full.' "${run_dir:?}/mkdir.stderr"
  fi
}

# generation_promote: the new generation takes the current one's place. Killed anywhere, one of the two is there whole.
generation_promote() {
  local current=$LOCAL_BACKUP_DIR
  child_run sync -f -- "$generation_new"
  [[ ! -d $current ]] || mv -T -- "$current" "$current.previous"
  mv -T -- "$generation_new" "$current"
  generation_discard_leftovers
  generation_keep_partial "$generation_new"
  generation_new=
  ours_remove "$current.previous"
}

# generation_keep_partial DIRECTORY: what a component that failed had fetched stays, in a directory for the next run to take it from.
generation_keep_partial() {
  local partial=$1.partial
  [[ -d $partial ]] || return 0
  ours_make "$1"
  mv -- "$partial"/* "$1"
  rmdir -- "$partial"
}

# generation_discard_leftovers: what earlier runs left unfinished is of no more use.
generation_discard_leftovers() {
  ((${#generation_leftovers[@]} == 0)) || ours_remove "${generation_leftovers[@]}"
  generation_leftovers=()
}

# generation_tidy EXIT: after an interruption the unfinished generation goes; after a failure its objects are kept, so
# that the next run need not fetch them again.
generation_tidy() {
  local component
  [[ -d $generation_new ]] || return 0
  rm -rf -- "$generation_new.partial"
  case $1 in
  130 | 143) ours_remove "$generation_new" ;;
  *)
    for component in "${components_all[@]:?}"; do
      components_are_salvaged "$component" || rm -rf -- "${generation_new:?}/$component"
    done
    # Nothing worth keeping: the directory goes if only empty ones are in it.
    [[ -n $(find "$generation_new" -type f -not -path "$generation_new/${ours_file:?}" -print -quit) ]] || ours_remove "$generation_new"
    ;;
  esac
}
