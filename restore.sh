#!/usr/bin/env bash
# Restores a Supabase project from a backup, or proves that it could be: see `restore.sh --help`.
set -Eeuo pipefail
shopt -s inherit_errexit
umask 077
export LC_ALL=C

root=$(cd -P "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
# shellcheck source=src/shell/all.sh
source "$root/src/shell/all.sh"

readonly usage=$root/src/shell/usage/restore.txt
verb=restore
archive=
only=
target=
chosen_components=
directory=
all_projects=no
assume_yes=no
safety=yes
over_source=no
arm=no
output_json=no
config_flags=()
worker_flags=()
# What `--all` passes on to each project's run.
passed_on=()

restore_arguments() {
  local -a arguments
  arguments_split "$@"
  set -- "${arguments[@]}"
  while (($#)); do
    case $1 in
    -e | --env-file | -p | --project | --archive | --only | --target | --extract | --mount | --confirm | --bucket | --prefix | --object | --verify-bytes | --check-cmd)
      (($# > 1)) || arguments_missing "$1"
      restore_valued_argument "$1" "$2"
      shift
      ;;
    --all) all_projects=yes ;;
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
  --extract | --mount) verb=${1#--} directory=$2 ;;
  *) worker_flags+=("$1" "$2") ;;
  esac
  passed_on+=("$1" "$2")
}

# restore_plain_argument FLAG
restore_plain_argument() {
  case $1 in
  --test | --list | --verify | --help | --version) verb=${1#--} ;;
  --rollback) verb=rollback ;;
  --no-safety-backup) safety=no ;;
  --over-source) over_source=yes worker_flags+=("$1") ;;
  --arm) arm=yes worker_flags+=("$1") ;;
  --keep-extra) worker_flags+=("$1") ;;
  --json) output_json=yes ;;
  -y | --yes) assume_yes=yes ;;
  -q | --quiet) export LOG_TERMINAL_LEVEL=warn ;;
  -v | --verbose) export LOG_LEVEL=debug ;;
  -h) verb=help ;;
  *) arguments_unknown "$1" "$usage" ;;
  esac
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
  restore_confirm_drill
  lock_acquire
  run_begin drill
  run_step source source_choose "${archive:-latest}"
  run_made "$source_name"
  run_step before-restore hooks_run before-restore
  run_step generation source_provide
  run_step drill worker_run restore.ts drill --generation "$source_generation" --components "$(components_list)" \
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

# A restore over a project: asked for, shown, confirmed.
restore_over_target() {
  restore_configure
  # The operator may take the time it takes: the night's backup is not kept waiting.
  run_scratch
  restore_choose
  lock_acquire
  run_begin restore
  [[ $assume_yes == yes ]] || worker_may_ask
  run_made "$source_name"
  run_step before-restore hooks_run before-restore
  run_step generation source_provide
  worker_flags+=(--generation "$source_generation" --components "$chosen_components" --run-id "$RUN_ID")
  run_step confirm worker_run restore.ts confirm "${worker_flags[@]}"
  worker_has_asked
  [[ $safety == no ]] || run_step safety-backup safety_backup
  run_step restore worker_run restore.ts restore "${worker_flags[@]}" --confirm "${CHOSEN_REFERENCE:?}"
  run_step after-restore hooks_run after-restore
}

# Wakes the cron jobs and webhooks of a target that was restored before, from the backup it was restored from.
restore_arm() {
  restore_configure
  run_scratch
  [[ ! -f $BORG_EXTRACT_DIR/manifest.json ]] || archive=Extract
  restore_choose
  lock_acquire
  run_begin restore
  [[ $assume_yes == yes ]] || worker_may_ask
  run_made "$source_name"
  run_step generation source_provide
  run_step arm worker_run restore.ts arm --generation "$source_generation" "${worker_flags[@]}"
}

# restore_choose: source, components and target, by flags or by questions. The target's address goes into the environment.
restore_choose() {
  local choice=$run_dir/choice pair
  local -a pairs flags=()
  if [[ -z $archive || ($archive != Local && $archive != Extract) ]]; then
    borg_find
    borg_select_first
    borg_list "$run_dir/archives-0.json"
    flags+=(--archive-list "$run_dir/archives-0.json")
  fi
  [[ $verb != rollback ]] || archive=$(safety_newest)
  [[ -z $archive ]] || flags+=(--archive "$archive")
  [[ -z $only && $assume_yes == no ]] || flags+=(--only "$(components_list)")
  [[ -z $target ]] || flags+=(--target "$target")
  [[ $over_source == no ]] || flags+=(--over-source)
  [[ $assume_yes == no ]] || worker_flags+=(--yes)
  worker_call interactive.ts "${flags[@]}" >"$choice"
  mapfile -d '' -t pairs <"$choice"
  rm -- "$choice"
  for pair in "${pairs[@]}"; do
    case $pair in
    CHOSEN_SOURCE=*) source_choose "${pair#*=}" ;;
    CHOSEN_COMPONENTS=*) chosen_components=${pair#*=} ;;
    *) export "${pair?}" ;;
    esac
  done
}

restore_list() {
  local -a flags=()
  restore_configure
  run_scratch
  borg_find
  borg_select_first
  borg_list "$run_dir/archives.json"
  [[ $output_json == no ]] || flags+=(--json)
  worker_call sources.ts --archive-list "$run_dir/archives.json" "${flags[@]}"
}

# Checks a generation, or an archive after extracting it, against its manifest.
restore_verify() {
  local status=0
  restore_configure
  lock_acquire
  run_scratch
  source_choose "${archive:-latest}"
  source_provide
  worker_run restore.ts verify --generation "$source_generation" --components "$(components_list)" || status=$?
  [[ $output_json == no ]] || cat "$run_dir/worker.json"
  return "$status"
}

# restore_take_out FUNCTION: for what only reads the backup.
restore_take_out() {
  restore_configure
  run_scratch
  source_choose "${archive:-latest}"
  "$1" "$directory"
}

restore_arguments "$@"
[[ $verb != restore || $arm == no || -n $archive ]] || verb=arm
case $verb in
help) cat "$usage" && exit ;;
version) sed -n 's/^  "version": "\(.*\)",$/\1/p' "$root/package.json" && exit ;;
esac
worker_require
case $all_projects:$verb in
yes:test) projects_each "$root/restore.sh" "${passed_on[@]}" ;;
*:test) restore_drill ;;
*:restore | *:rollback) restore_over_target ;;
*:arm) restore_arm ;;
*:list) restore_list ;;
*:verify) restore_verify ;;
*:extract) restore_take_out extract_to ;;
*:mount) restore_take_out extract_mount ;;
esac
