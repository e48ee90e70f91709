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
  borg_find || return
  borg_select_first
  borg_list "${run_dir:?}/archives-0.json" || return
  if [[ $1 == latest ]]; then
    source_name=$(borg_own_names "$run_dir/archives-0.json" | tail -n 1)
    [[ -n $source_name ]] || error_raise 1 ARCHIVE_MISSING "There is no archive of the project $PROJECT_NAME in $BORG_REPO." 'Run backup.sh first.'
  else
    borg_names "$run_dir/archives-0.json" | grep -qxF -- "$1" ||
      error_raise 1 ARCHIVE_MISSING "There is no archive $1 in $BORG_REPO." 'See restore.sh --list.'
  fi
}

# source_is_archive: whether it has to be extracted.
source_is_archive() {
  [[ $source_name != Local && $source_name != Extract ]]
}

# source_provide: sees to it that the generation is on disk, and sets source_generation.
source_provide() {
  case $source_name in
  Local)
    generation_recover
    source_generation=$LOCAL_BACKUP_DIR
    ;;
  *)
    source_generation=$BORG_EXTRACT_DIR
    [[ $source_name == Extract ]] || extract_generation "$source_name"
    ;;
  esac
  [[ -d $source_generation ]] ||
    error_raise 1 GENERATION_MISSING "There is nothing in $source_generation." 'See restore.sh --list for what there is.'
}
