# shellcheck shell=bash
# Archives back on disk. Beside BORG_EXTRACT_DIR lies a file, <directory>.archive, that names what was extracted into it: it
# says that the directory is ours to empty.

# extract_generation ARCHIVE: extracts it into BORG_EXTRACT_DIR, in place of what was extracted there before.
extract_generation() {
  local directory=$BORG_EXTRACT_DIR
  if [[ -e $directory && ! -f $directory.archive && -n $(ls -A -- "$directory") ]]; then
    error_raise 78 EXTRACT_NOT_OURS "BORG_EXTRACT_DIR, $directory, holds something that this toolkit did not extract." 'Name an empty directory, or one that does not exist.'
    return
  fi
  mkdir -p -- "${directory%/*}" || return
  printf '%s\n' "$1" >"$directory.archive"
  rm -rf -- "$directory"
  mkdir -- "$directory"
  extract_archive "$1" "$directory"
}

# extract_remove: frees the space again.
extract_remove() {
  rm -rf -- "$BORG_EXTRACT_DIR" "$BORG_EXTRACT_DIR.archive"
}

# extract_archive ARCHIVE DIRECTORY [EXCLUDE_OPTION...]: extracts it into a directory that is there.
extract_archive() {
  local status=0 strip=0
  extract_count_leading "$1" || return
  log_info "Extracting $1 into $2"
  cd -- "$2" || return
  borg_call /dev/null extract --numeric-ids --noacls --noxattrs --noflags --strip-components "$strip" "::$1" "${@:3}" || status=$?
  cd /
  ((status != 0)) || return 0
  if [[ $(borg_reason "$status") == disk ]]; then
    error_raise 1 EXTRACT_DISK_FULL "There is no room for the archive $1 in $2." 'Make room, or set BORG_EXTRACT_DIR to a larger disk.'
    return
  fi
  borg_explain "$status"
}

# extract_count_leading ARCHIVE: sets `strip` of its caller. This toolkit's paths are relative; those of its predecessor's
# archives, which are named by their date only, begin with the directory that was backed up.
extract_count_leading() {
  [[ $1 =~ ^[0-9]{4}(-[0-9]{2}){2}_[0-9]{2}(-[0-9]{2}){2}$ ]] || return 0
  borg_run "${run_dir:?}/paths" list --format '{type}{path}{NUL}' "::$1" || return
  strip=$(tr '\n\0' ' \n' <"$run_dir/paths" | extract_common_directories)
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

# extract_to DIRECTORY: takes files of the chosen source out: all of it, or only the chosen components.
extract_to() {
  local directory component
  local -a left_out=()
  directory=$(readlink -m -- "$1")
  if [[ -e $directory && -n $(ls -A -- "$directory") ]]; then
    error_raise 1 DIRECTORY_NOT_EMPTY "The directory $directory is not empty." 'Name an empty one, or one that does not exist.'
    return
  fi
  mkdir -p -- "$directory"
  # What was not chosen is left out: a chosen component that the backup does not hold is no error.
  for component in "${components_all[@]:?}"; do
    components_include "$component" || left_out+=("$component")
  done
  if source_is_archive; then
    extract_archive "${source_name:?}" "$directory" "${left_out[@]/#/--exclude=pp:}"
  else
    source_provide
    tar -C "${source_generation:?}" -c "${left_out[@]/#/--exclude=./}" . | tar -C "$directory" -x
  fi
  answer_done "The files of $source_name are in $directory."
}

# extract_mount DIRECTORY: mounts the chosen archive, read-only, until it is unmounted.
extract_mount() {
  local status=0
  mkdir -p -- "$1"
  borg_call /dev/null mount "::${source_name:?}" "$(readlink -f -- "$1")" || status=$?
  if ((status != 0)) && grep -q 'FUSE\|fuse' "${run_dir:?}/borg-stderr"; then
    error_raise 1 FUSE_MISSING 'This machine cannot mount archives.' 'Install fuse3 and python3-pyfuse3, or use --extract.' "$run_dir/borg-stderr"
    return
  fi
  ((status == 0)) || borg_explain "$status" || return
  answer_done "$source_name is mounted on $1. When done: borg umount $1"
}
