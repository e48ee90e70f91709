#!/usr/bin/env bash
# Backs up one Supabase project: see `backup.sh --help`.
set -Eeuo pipefail
shopt -s inherit_errexit
umask 077
export LC_ALL=C
# Then Bash, Node, Borg and ssh all take that of the account.
[[ ${HOME:-} == /* ]] || unset HOME

root=$(cd -P "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
# shellcheck source=src/shell/all.sh
source "$root/src/shell/all.sh"

readonly usage=$root/src/shell/usage/backup.txt
verb=backup
key_file=
# Of --adopt and --delete.
named=
verify_data=no
all_projects=no
config_flags=()
worker_flags=()
# --bucket, --prefix and --object.
object_flags=()
# What `--all` passes on to each project's run.
passed_on=()

backup_arguments() {
  local -a arguments
  arguments_take_borg "$@"
  arguments_split "${arguments[@]}"
  set -- "${arguments[@]}"
  while (($#)); do
    case $1 in
    -e | --env-file | -p | --project | --only | --skip | --key-export | --adopt | --delete | --repository | --bucket | --prefix | --object | --events) (($# > 1)) || arguments_missing "$1" ;;
    esac
    case $1 in
    -e | --env-file | -p | --project)
      config_flags+=("$(arguments_long "$1")" "$2")
      shift 2
      continue
      ;;
    --all) all_projects=yes ;;
    *)
      backup_argument "$@"
      passed_on+=("$1")
      case $1 in
      --only | --skip | --key-export | --adopt | --delete | --repository | --bucket | --prefix | --object | --events)
        passed_on+=("$2")
        shift
        ;;
      esac
      ;;
    esac
    shift
  done
}

# backup_argument FLAG [VALUE]...
backup_argument() {
  case $1 in
  --only | --skip) components_select "${1#--}" "$2" ;;
  --bucket | --prefix | --object) object_flags+=("$1" "$2") ;;
  --accept-shrink) worker_flags+=("$1") ;;
  --dry-run | --check | --estimate | --config | --status | --prune-plan | --verify-repo | --passphrase-change) arguments_choose_verb "$1" ;;
  --key-export) arguments_choose_verb "$1" && key_file=$2 ;;
  --adopt | --delete) arguments_choose_verb "$1" && named=$2 ;;
  --repository) repository_chosen=$2 ;;
  --break-lock | --accept-moved | --accept-older | --prune | --compact) arguments_choose_verb "$1" ;;
  --data) verify_data=yes ;;
  --events) events_take "$2" ;;
  # answer_begin has seen it.
  --json) ;;
  -q | --quiet) export LOG_TERMINAL_LEVEL=warn ;;
  -v | --verbose) export LOG_LEVEL=debug ;;
  -h | --help) cat "$usage" && exit ;;
  --version) arguments_print_version && exit ;;
  *) arguments_unknown "$1" "$usage" ;;
  esac
}

# backup_configure NEED...: exports the project's settings, of which those that the needs are about must be there.
backup_configure() {
  local IFS=,
  config_load "${config_flags[@]}" --need "$*"
}

# The steps of one night.
backup_run() {
  backup_configure "${components[@]}" repository
  if ! preflight_condition; then
    log_info 'ONLY_IF says that now is not the time; nothing was done.'
    [[ $output_json == no ]] || answer_document '{"status":"skipped","exitCode":0,"error":null}'
    return
  fi
  lock_acquire
  run_begin backup
  run_step preflight backup_preflight
  run_step before-backup hooks_run before-backup
  run_step generation generation_prepare
  run_step components backup_components
  if ! worker_found_nothing_new; then
    run_step promotion generation_promote
    run_step archive archive_create
    run_step retention archive_prune
  fi
  run_step after-backup hooks_run after-backup
}

backup_preflight() {
  owner_begin
  generation_recover
  generation_check_place
  preflight_space
  borg_find
  borg_each borg_open
}

# One worker makes the whole generation.
backup_components() {
  worker_run backup.ts --generation "$generation_new" --previous "$LOCAL_BACKUP_DIR" --components "$(components_list)" \
    --run-id "$RUN_ID" --archives "$(borg_first_list)" \
    "${generation_leftovers[@]/#/--salvage=}" "${worker_flags[@]}" "${object_flags[@]}"
}

# Everything but the backup: checked, and told.
backup_dry_run() {
  check_run "${config_flags[@]}" --need "$(components_list),repository"
  [[ $output_json == no ]] || return 0
  printf '\nA run would now make a new generation (%s) beside %s, put it in its place, and archive it in %s.\n' \
    "${components[*]}" "$LOCAL_BACKUP_DIR" "${borg_repositories[*]}"
  [[ ! -s $run_dir/archives.json ]] || worker_call report.ts prune-plan --archive-list "$run_dir/archives.json"
}

backup_verify_repository() {
  backup_configure repository
  lock_acquire
  run_begin check
  run_step preflight borg_find
  run_step check repository_verify "$verify_data"
}

# What a run would fetch from Storage; the repository is not asked.
backup_estimate() {
  backup_configure estimate
  run_scratch
  answer_of estimate.ts --scratch "$run_dir" --previous "$LOCAL_BACKUP_DIR" "${object_flags[@]}"
}

# backup_status: of one project, or with --all of every one.
backup_status() {
  if [[ $all_projects == yes ]]; then
    answer_of report.ts status --all
  else
    answer_of report.ts status "${config_flags[@]}"
  fi
}

# backup_read_only FUNCTION...: for what only reads the repository.
backup_read_only() {
  backup_configure repository
  run_scratch
  "$@"
}

# backup_care FUNCTION ARGUMENT...: what the operator does to the repositories; see src/shell/care.sh.
backup_care() {
  backup_configure repository
  "$@"
}

answer_begin "$@"
backup_arguments "$@"
[[ $verify_data == no || $verb == verify-repo ]] || arguments_refuse '--data goes with --verify-repo.'
[[ -z $events_fd || $verb == @(backup|verify-repo) ]] || arguments_refuse '--events goes with a backup, or --verify-repo.'
worker_require
case $all_projects:$verb in
*:status) backup_status ;;
yes:*) projects_each "$root/backup.sh" "${passed_on[@]}" ;;
*:backup) backup_run ;;
*:dry-run) backup_dry_run ;;
*:check) check_run "${config_flags[@]}" --need "$(components_list),repository" ;;
*:estimate) backup_estimate ;;
*:config) answer_of config.ts show "${config_flags[@]}" ;;
*:verify-repo) backup_verify_repository ;;
*:prune-plan) backup_read_only repository_prune_plan ;;
*:key-export) backup_read_only repository_key_export "$key_file" ;;
*:adopt) backup_care owner_adopt "$named" ;;
*:delete) backup_care care_delete "$named" ;;
*:borg) backup_care care_borg "${borg_arguments[@]}" ;;
*:break-lock | *:accept-moved | *:accept-older | *:prune | *:compact) backup_care "care_${verb//-/_}" ;;
*:passphrase-change) backup_read_only repository_passphrase_change ;;
esac
