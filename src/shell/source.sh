# shellcheck shell=bash
# What is restored from: the current generation ("Local"), the extracted one ("Extract"), or an archive.

source_name=
source_generation=

# source_choose NAME|latest: finds it, and for an archive lists the repository first; returns 1 when there is no such thing.
source_choose() {
  source_name=$1
  case $1 in
  Local | Extract) return 0 ;;
  esac
  borg_find || return $?
  borg_select_first
  borg_list "${run_dir:?}/archives-0.json" || return $?
  if [[ $1 == latest ]]; then
    source_name=$(worker_call sources.ts --archive-list "$run_dir/archives-0.json" --newest archive)
    [[ -n $source_name ]] || error_raise 1 ARCHIVE_MISSING "There is no archive of the project $PROJECT_NAME in $BORG_REPO." 'Run backup.sh first.'
  else
    grep -qxF -- "$1" < <(borg_names "$run_dir/archives-0.json") ||
      error_raise 1 ARCHIVE_MISSING "There is no archive $1 in $BORG_REPO." 'See restore.sh --list.'
  fi
}

# source_is_archive: whether it has to be extracted.
source_is_archive() {
  [[ $source_name != Local && $source_name != Extract ]]
}

# source_is_predecessor: whether the archive is named by its date alone.
source_is_predecessor() {
  [[ $source_name =~ ^[0-9]{4}(-[0-9]{2}){2}_[0-9]{2}(-[0-9]{2}){2}$ ]]
}

# source_provide [--components=LIST] [--bucket|--prefix|--object=VALUE]...: sees to it that what these flags say of the
# generation, or all of it, is on disk, and sets source_generation.
source_provide() {
  case $source_name in
  Local)
    generation_recover
    source_generation=$LOCAL_BACKUP_DIR
    ;;
  *)
    source_generation=$BORG_EXTRACT_DIR
    if [[ $source_name == Extract ]]; then
      source_check_extract
    elif source_is_predecessor; then
      error_raise 1 PREDECESSOR_ARCHIVE "$source_name was made by this toolkit's predecessor: SQL files and folders of objects, without what a checked restore needs." \
        "Take its files out: restore.sh --archive $source_name --extract DIR; then see docs/how-to/predecessor.md."
      return $?
    else
      extract_generation "$source_name" "$@"
    fi
    ;;
  esac
  [[ -d $source_generation ]] ||
    error_raise 1 GENERATION_MISSING "There is nothing in $source_generation." 'See restore.sh --list for what there is.'
}

# source_check_extract: refuses an Extract in which only a chosen part of a component is.
source_check_extract() {
  local archive
  grep -qsE '^(chosen=.+|objects=chosen)$' < <(tail -n +2 -- "$BORG_EXTRACT_DIR.archive" 2>/dev/null) || return 0
  archive=$(head -n 1 "$BORG_EXTRACT_DIR.archive")
  error_raise 1 EXTRACT_PARTIAL "Of the archive $archive only a chosen part lies in $BORG_EXTRACT_DIR." "Have it extracted again: --archive $archive."
}
