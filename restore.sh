#!/usr/bin/env bash
# Restores a Supabase project from a backup, or proves that it could be: see `restore.sh --help`.
set -Eeuo pipefail
shopt -s inherit_errexit
umask 077
export LC_ALL=C
# Then Bash, Node, Borg and ssh all take that of the account.
[[ ${HOME:-} == /* ]] || unset HOME

root=$(cd -P "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
# shellcheck source=src/shell/all.sh
source "$root/src/shell/all.sh"

readonly usage=$root/src/shell/usage/restore.txt
verb=restore
archive=
only=
# The last flag given that chooses a part of the database.
part_flag=
# Of --diff, one or two.
diff_sources=()
target=
confirm=
directory=
all_projects=no
assume_yes=no
safety=yes
over_source=no
arm=no
config_flags=()
worker_flags=()
# What of the backup the command is about; all of it without any: --components, --bucket, --prefix and --object.
wanted=()
# What `--all` passes on to each project's run.
passed_on=()

restore_arguments() {
  local -a arguments
  arguments_split "$@"
  set -- "${arguments[@]}"
  while (($#)); do
    case $1 in
    -e | --env-file | -p | --project | --archive | --only | --target | --extract | --mount | --to-dir | --export | --format | --from-json | --confirm | --bucket | --prefix | --object | --schema | --table | --into-schema | --leave-out | --verify-bytes | --check-cmd | --events)
      (($# > 1)) || arguments_missing "$1"
      restore_valued_argument "$1" "$2"
      shift
      ;;
    --all) all_projects=yes ;;
    --diff)
      (($# > 1)) || arguments_missing "$1"
      arguments_choose_verb "$1"
      diff_sources=("$2")
      shift
      # The second is left out where the newest is meant.
      [[ ${2:--} == -* ]] || { diff_sources+=("$2") && shift; }
      ;;
    *)
      restore_plain_argument "$1"
      passed_on+=("$1")
      ;;
    esac
    shift
  done
}

# restore_valued_argument FLAG VALUE
restore_valued_argument() {
  case $1 in
  -e | --env-file | -p | --project)
    config_flags+=("$(arguments_long "$1")" "$2")
    return
    ;;
  --archive) archive=$2 ;;
  --only) components_select only "$2" && only=$2 || exit ;;
  --target) target=$2 ;;
  --confirm) confirm=$2 worker_flags+=("$1" "$2") ;;
  # Absolute, as the work is done from other directories.
  --extract | --mount | --to-dir | --export | --from-json) arguments_choose_verb "$1" && directory=$(readlink -m -- "$2") ;;
  --schema | --table | --into-schema) restore_part_argument "$1" && worker_flags+=("$1" "$2") ;;
  --bucket | --prefix | --object) wanted+=("$1" "$2") ;;
  --events) events_take "$2" ;;
  *) worker_flags+=("$1" "$2") ;;
  esac
  passed_on+=("$1" "$2")
}

# restore_plain_argument FLAG
restore_plain_argument() {
  case $1 in
  --test | --list | --verify | --preview | --rollback | --resume) arguments_choose_verb "$1" ;;
  --no-safety-backup) safety=no ;;
  --over-source) over_source=yes worker_flags+=("$1") ;;
  --arm) arm=yes worker_flags+=("$1") ;;
  --data-only | --schema-only) restore_part_argument "$1" && worker_flags+=("$1") ;;
  --keep-extra | --batches | --replace) worker_flags+=("$1") ;;
  # answer_begin has seen it.
  --json) ;;
  -y | --yes) assume_yes=yes ;;
  -q | --quiet) export LOG_TERMINAL_LEVEL=warn ;;
  -v | --verbose) export LOG_LEVEL=debug ;;
  -h | --help) cat "$usage" && exit ;;
  --version) arguments_print_version && exit ;;
  *) arguments_unknown "$1" "$usage" ;;
  esac
}

# restore_part_argument FLAG: one that chooses a part of the database is about nothing else.
restore_part_argument() {
  part_flag=$1
  components_select only database || exit
  only=database
}

# restore_want_chosen: notes the components that were named, for the worker and for what is extracted.
restore_want_chosen() {
  [[ -z $only ]] || wanted+=(--components "$(components_list)")
}

# restore_check_arguments: refuses what would be left out of account.
restore_check_arguments() {
  [[ $all_projects == no || $verb == test ]] || arguments_refuse '--all goes with --test.' || return
  [[ $verb != from-json || $part_flag == --table ]] || arguments_refuse '--from-json needs --table SCHEMA.NAME.' || return
  [[ $verb == from-json || " ${worker_flags[*]} " != *' --replace '* ]] || arguments_refuse '--replace goes with --from-json.' || return
  [[ $verb == export || " ${worker_flags[*]} " != *' --format '* ]] || arguments_refuse '--format goes with --export.' || return
  [[ $over_source == no || $verb != test ]] || arguments_refuse '--over-source does not go with --test, which never restores over the source.' || return
  [[ -z $events_fd || $verb == @(restore|rollback|resume|arm|from-json|test) ]] || arguments_refuse '--events goes with a restore, and --test.' || return
  [[ -z $part_flag || $verb != test ]] || arguments_refuse "$part_flag does not go with --test, which restores the whole database."
}

# restore_configure: exports the project's settings; without an archive involved no repository is needed.
restore_configure() {
  local need=repository
  # Neither the backup is in the repository, nor is the target's own to go there.
  [[ $archive != Local && $archive != Extract ]] || [[ $verb == restore && $safety == yes ]] || need=none
  config_load "${config_flags[@]}" --need "$need"
}

# The drill: never from Local unless asked.
restore_drill() {
  restore_configure
  restore_want_chosen
  restore_confirm_drill
  lock_acquire
  run_begin drill
  run_step source source_choose "${archive:-latest}"
  run_made "$source_name"
  run_step before-restore hooks_run before-restore
  run_step generation source_provide "${wanted[@]}"
  run_step drill worker_run restore.ts drill --generation "$source_generation" "${wanted[@]}" \
    --run-id "$RUN_ID" "${worker_flags[@]}"
  run_step after-restore hooks_run after-restore
  ! source_is_archive || extract_remove
}

# A test project is emptied by the drill; its own disposable database is nobody's loss.
restore_confirm_drill() {
  local target=${TEST_SUPABASE_PROJECT_REF:-${TEST_SUPABASE_DB_URL:+the database of TEST_SUPABASE_DB_URL}} reply
  [[ -n $target && $assume_yes == no ]] || return 0
  if [[ ! -t 0 ]]; then
    error_raise 2 NO_TERMINAL "The drill replaces everything in $target, and there is no terminal to ask on." 'Say --test -y.'
    return
  fi
  read -rp "The drill replaces everything in $target. Go on? [y/N] " reply
  [[ $reply == y || $reply == yes ]] || exit 130
}

# restore_over_target FUNCTION [ARGUMENT]: see src/shell/target.sh.
restore_over_target() {
  restore_configure
  "$@"
}

restore_list() {
  restore_configure
  run_scratch
  borg_find
  borg_select_first
  borg_list "$run_dir/archives.json"
  answer_of sources.ts --archive-list "$run_dir/archives.json"
}

# Checks a generation, or an archive after extracting it, against its manifest.
restore_verify() {
  local status=0
  restore_want_chosen
  restore_provide "${wanted[@]}"
  worker_run restore.ts verify --generation "$source_generation" "${wanted[@]}" || status=$?
  [[ $output_json == no ]] || answer_document "$(<"$run_dir/worker.json")"
  return "$status"
}

# Objects as plain files.
restore_to_directory() {
  extract_make_directory "$directory"
  restore_provide --components storage "${wanted[@]}"
  worker_print restore.ts to-dir --generation "$source_generation" --directory "$directory" "${wanted[@]}" "${worker_flags[@]}"
}

# A backup as files for people and other programs.
restore_export() {
  restore_want_chosen
  extract_make_directory "$directory"
  restore_provide "${wanted[@]}"
  worker_print restore.ts export --generation "$source_generation" --source "$source_name" --directory "$directory" \
    "${wanted[@]}" "${worker_flags[@]}"
}

# Rows of a file into one table; no backup is involved.
restore_from_json() {
  archive=Local
  restore_configure
  target_load "$directory"
}

# restore_provide [FLAG VALUE]...: what these say of the backup on disk, for what needs no target.
restore_provide() {
  restore_configure
  lock_acquire
  run_scratch
  source_choose "${archive:-latest}"
  source_provide "$@"
}

# restore_take_out FUNCTION: for what only reads the backup.
restore_take_out() {
  restore_configure
  run_scratch
  source_choose "${archive:-latest}"
  "$1" "$directory"
}

answer_begin "$@"
restore_arguments "$@"
[[ $verb != restore || $arm == no || -n $archive ]] || verb=arm
restore_check_arguments
worker_require
case $all_projects:$verb in
yes:test) projects_each "$root/restore.sh" "${passed_on[@]}" ;;
*:test) restore_drill ;;
*:restore | *:rollback) restore_over_target target_restore ;;
*:arm | *:resume) restore_over_target target_continue "$verb" ;;
*:preview) restore_over_target target_preview ;;
*:to-dir) restore_to_directory ;;
*:export) restore_export ;;
*:from-json) restore_from_json ;;
*:list) restore_list ;;
*:verify) restore_verify ;;
*:diff) diff_run "${diff_sources[@]}" ;;
*:extract) restore_take_out extract_to ;;
*:mount) restore_take_out extract_mount ;;
esac
