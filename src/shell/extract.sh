# shellcheck shell=bash
# Archives back on disk. Beside BORG_EXTRACT_DIR lies a file, <directory>.archive, that names what was extracted into it. Where only a
# part was needed, its further lines say which: components=LIST, and chosen=LIST, those of which it is not all. (Earlier versions
# wrote objects=chosen for that.)

# extract_generation ARCHIVE [--components=LIST] [FLAG=VALUE]...: extracts what these flags say of it, or all of it, into
# BORG_EXTRACT_DIR, in place of what was extracted there before. FLAGs choose a part of a component.
extract_generation() {
  local directory=$BORG_EXTRACT_DIR
  if ! extract_is_ours; then
    error_raise 78 EXTRACT_NOT_OURS "BORG_EXTRACT_DIR, $directory, holds something that this toolkit did not extract, or that another project did." \
      'Name an empty directory, or one that does not exist.'
    return $?
  fi
  mkdir -p -- "${directory%/*}" || return $?
  ours_remove "$directory" || return $?
  [[ ! -d $directory ]] || rmdir -- "$directory" || return $?
  ours_make "$directory" || return $?
  printf '%s\n' "$1" >"$directory.archive"
  if extract_is_predecessor "$1"; then
    extract_archive "$1" "$directory"
    return $?
  fi
  extract_plan "$1" "$directory" "${@:2}" || return $?
  [[ $extract_everything == yes ]] || extract_note_part "${@:2}" >>"$directory.archive"
  extract_check_space "$1" "$directory" || return $?
  if [[ $extract_everything == yes ]]; then
    extract_archive "$1" "$directory"
  else
    extract_archive "$1" "$directory" --patterns-from "${run_dir:?}/patterns"
  fi
}

# What extract_plan found out: the room needed, whether that is for everything, the components of which it is only a part, and
# those of the archive.
extract_bytes=
extract_everything=
extract_chosen=
extract_held=

# extract_plan ARCHIVE DIRECTORY [FLAG=VALUE]...: extracts the manifest, and writes the patterns of what is needed besides.
extract_plan() {
  local flag pair
  local -a pairs parts=()
  for flag in "${@:3}"; do
    [[ $flag == --components=* ]] || parts+=("$flag")
  done
  printf '%s\n' '+ pf:manifest.json' '- re:.' >"${run_dir:?}/patterns"
  # A part of a component is chosen by the component's own lists.
  ((${#parts[@]} == 0)) || worker_pairs extract-plan.ts lists --patterns "$run_dir/patterns" "${parts[@]}" || return $?
  extract_files "$1" "$2" --patterns-from "$run_dir/patterns" || return $?
  worker_pairs extract-plan.ts --generation "$2" --patterns "$run_dir/patterns" "${@:3}" || return $?
  for pair in "${pairs[@]}"; do
    case $pair in
    BYTES=*) extract_bytes=${pair#*=} ;;
    EVERYTHING=*) extract_everything=${pair#*=} ;;
    CHOSEN=*) extract_chosen=${pair#*=} ;;
    HELD=*) extract_held=${pair#*=} ;;
    esac
  done
}

# extract_found COMPONENTS: prints which of the components the extracted archive holds, separated by commas.
extract_found() {
  printf '%s' "${extract_held:-$1}"
}

# extract_note_part FLAG=VALUE...: prints what the part consists of.
extract_note_part() {
  local flag
  for flag in "$@"; do
    [[ $flag != --components=* ]] || printf 'components=%s\n' "${flag#*=}"
  done
  [[ -z $extract_chosen ]] || printf 'chosen=%s\n' "$extract_chosen"
}

# extract_check_space ARCHIVE DIRECTORY: refuses to begin what could not end.
extract_check_space() {
  local available
  available=$(preflight_available "$2")
  ((available < ${extract_bytes%.*})) || return 0
  error_raise 1 EXTRACT_DISK_FULL \
    "There is no room for the archive $1 in $2: it needs $(numfmt --to=iec "${extract_bytes%.*}"), and $(numfmt --to=iec "$available") are free." \
    'Make room, or set BORG_EXTRACT_DIR to a larger disk.'
}

# extract_is_ours: whether what is there may go, and the file beside it be written.
extract_is_ours() {
  ours_is_free "$BORG_EXTRACT_DIR" || return 1
  [[ ! -e $BORG_EXTRACT_DIR ]] || ! ours_is_of_other "$BORG_EXTRACT_DIR" || return 1
  # The file is the name of an archive, and which part of it; anything else is the operator's.
  [[ ! -e $BORG_EXTRACT_DIR.archive ]] ||
    { [[ -f $BORG_EXTRACT_DIR.archive && ! -L $BORG_EXTRACT_DIR.archive ]] &&
      ! grep -qvE '^(components|chosen|objects)=' < <(tail -n +2 -- "$BORG_EXTRACT_DIR.archive"); }
}

# extract_remove: frees the space again.
extract_remove() {
  ours_remove "$BORG_EXTRACT_DIR"
  rm -f -- "$BORG_EXTRACT_DIR.archive"
}

# extract_archive ARCHIVE DIRECTORY [OPTION...]: extracts it, or what Borg's options leave of it, into a directory that is there.
extract_archive() {
  log_info "Extracting $1 into $2"
  extract_files "$@"
}

# extract_files ARCHIVE DIRECTORY [OPTION...]: the same without a word.
extract_files() {
  local status=0 strip=0
  # Where Borg writes now.
  # shellcheck disable=SC2034 # for room_places
  local extract_directory=$2
  extract_count_leading "$1" || return $?
  cd -- "$2" || return $?
  borg_call /dev/null extract --numeric-ids --noacls --noxattrs --noflags --strip-components "$strip" "${@:3}" "::$1" || status=$?
  cd /
  ((status != 0)) || return 0
  if [[ $(borg_reason "$status") == @(source|extracted)-full ]]; then
    error_raise 1 EXTRACT_DISK_FULL "There is no room for the archive $1 in $2." 'Make room, or set BORG_EXTRACT_DIR to a larger disk.'
    return $?
  fi
  borg_explain "$status"
}

# extract_count_leading ARCHIVE: sets `strip` of its caller. This toolkit's paths are relative; those of its predecessor's
# archives, which are named by their date only, begin with the directory that was backed up.
extract_count_leading() {
  extract_is_predecessor "$1" || return 0
  borg_run "${run_dir:?}/paths" list --format '{type}{path}{NUL}' "::$1" || return $?
  strip=$(tr '\n\0' ' \n' <"$run_dir/paths" | extract_common_directories)
}

# extract_is_predecessor ARCHIVE
extract_is_predecessor() {
  [[ $1 =~ ^[0-9]{4}(-[0-9]{2}){2}_[0-9]{2}(-[0-9]{2}){2}$ ]]
}

# extract_common_directories: prints how many directories all files have in common, on stdin lines of a type letter and a path.
# A last one called database, storage or data is part of the backup, not of the way to it.
extract_common_directories() {
  awk -F/ '
    /^-/ {
      sub(/^-/, "")
      if (!seen++) { common = NF - 1; for (i = 1; i <= common; i++) part[i] = $i; next }
      if (common > NF - 1) common = NF - 1
      for (i = 1; i <= common; i++) if (part[i] != $i) { common = i - 1; break }
    }
    END {
      if (common > 0 && part[common] ~ /^(database|storage|data)$/) common--
      print common + 0
    }'
}

# extract_open_directory DIRECTORY: sees to it, before anything is extracted, that files can be written there, and that they would not
# come to lie among our own.
extract_open_directory() {
  extract_refuse_ours "$1" || return $?
  extract_make_directory "$1"
}

extract_make_directory() {
  local output
  if ! output=$(mkdir -p -- "$1" 2>&1) || [[ ! -w $1 ]]; then
    error_raise 1 DIRECTORY_UNWRITABLE "Nothing can be written in the directory $1${output:+ ($output)}." 'Name one that exists, or can be made, and belongs to you.'
  fi
}

# extract_refuse_ours DIRECTORY
extract_refuse_ours() {
  local place
  local -a addresses
  addresses_list "${BORG_REPOS:-}" "${BORG_REPO:-}"
  for place in "$LOCAL_BACKUP_DIR" "$BORG_EXTRACT_DIR" "$STATE_DIR" "${addresses[@]}"; do
    [[ $place == /* && $1/ == "$(readlink -m -- "$place")"/* ]] || continue
    error_raise 2 DIRECTORY_OURS "The directory $1 is, or lies in, $place, which the toolkit replaces and checks as a whole." 'Name another directory.'
    return $?
  done
}

# extract_to DIRECTORY: takes files of the chosen source out: all of it, or only the chosen components.
extract_to() {
  local directory component
  local -a left_out=()
  directory=$(readlink -m -- "$1")
  # A whole backup may take the place of the one that this machine has not, or no longer, got.
  if components_are_chosen || [[ $directory != "$(readlink -m -- "$LOCAL_BACKUP_DIR")" ]]; then
    extract_refuse_ours "$directory" || return $?
  fi
  if [[ -e $directory && -n $(ls -A -- "$directory") ]]; then
    error_raise 1 DIRECTORY_NOT_EMPTY "The directory $directory is not empty." 'Name an empty one, or one that does not exist.'
    return $?
  fi
  extract_make_directory "$directory"
  # What was not chosen is left out: a chosen component that the backup does not hold is no error.
  for component in "${components_all[@]:?}"; do
    components_include "$component" || left_out+=("$component")
  done
  if source_is_archive; then
    if ! extract_is_predecessor "${source_name:?}"; then
      extract_plan "$source_name" "$directory" "--components=$(components_list)" || return $?
      extract_check_space "$source_name" "$directory" || return $?
    fi
    extract_archive "${source_name:?}" "$directory" "${left_out[@]/#/--exclude=pp:}"
  else
    source_provide
    tar -C "${source_generation:?}" -c --exclude="./${ours_file:?}" "${left_out[@]/#/--exclude=./}" . | tar -C "$directory" -x
  fi
  answer_done "The files of $source_name are in $directory."
}

# extract_mount DIRECTORY: mounts the chosen archive, read-only, until it is unmounted.
extract_mount() {
  local status=0
  extract_open_directory "$1" || return $?
  borg_call /dev/null mount "::${source_name:?}" "$(readlink -f -- "$1")" || status=$?
  if ((status != 0)) && grep -q 'FUSE\|fuse' "${run_dir:?}/borg-stderr"; then
    error_raise 1 FUSE_MISSING 'This machine cannot mount archives.' 'Install fuse3 and python3-pyfuse3, or use --extract.' "$run_dir/borg-stderr"
    return $?
  fi
  ((status == 0)) || borg_explain "$status" || return $?
  answer_done "$source_name is mounted on $1. When done: borg umount $1"
}
