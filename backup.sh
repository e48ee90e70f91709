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
# The flags: --only is in `flag_only`, and so on; what says what is done, --check, in `verb`.
# shellcheck source=src/shell/flags/backup.sh
source "$root/src/shell/flags/backup.sh"

# backup_configure NEED...: exports the project's settings, of which those that the needs are about must be there.
backup_configure() {
  local IFS=,
  config_load "${config_flags[@]}" --need "$*"
}
# backup_start FUNCTION: a run, unless the operator's own condition is against it.
backup_start() {
  backup_configure components repository
  if ! preflight_condition; then
    log_info 'ONLY_IF says that now is not the time; nothing was done.'
    [[ $output_json == no ]] || answer_document '{"status":"skipped","exitCode":0,"error":null}'
    return $?
  fi
  "$1"
}
# The steps of one night.
backup_run() {
  lock_acquire
  run_begin backup
  run_step preflight backup_preflight
  run_step before-backup hooks_run before-backup
  run_step generation generation_prepare
  [[ $SKIP_IF_UNCHANGED == false ]] || run_step changes backup_compare
  if [[ ! -e $run_dir/unchanged ]]; then
    run_step components backup_components
    run_step seal backup_seal
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
  backup_opens_beside || borg_each borg_open
}

# backup_opens_beside: whether the repositories are opened only while the components are backed up, where a lock or a slow line holds
# nobody up. Before it, where a hook stops something for the backup, or where there may be none.
backup_opens_beside() {
  [[ $SKIP_IF_UNCHANGED == false ]] && ! hooks_exist before-backup
}

backup_open() {
  run_step repository borg_each borg_open
  run_phase=components
}

# With SKIP_IF_UNCHANGED: leaves the file `unchanged` where nothing has changed since the last good run.
backup_compare() {
  worker_run generation.ts compare --run-directory "$run_dir" --components "$(components_list)" --previous "$LOCAL_BACKUP_DIR"
}

# One worker a component.
backup_components() {
  local beside=
  ! backup_opens_beside || beside=backup_open
  components_back_up "$generation_new" '' "$beside" backup_prepare_seal --previous "$LOCAL_BACKUP_DIR" "${generation_leftovers[@]/#/--salvage=}" "${object_flags[@]}"
}

# What they have written becomes a generation.
backup_seal() {
  backup_with_seal worker_run
}

# It is loaded while the last components are under way.
backup_prepare_seal() {
  backup_with_seal worker_prepare seal
}

# backup_with_seal FUNCTION ARGUMENT...: calls it with the worker that seals behind the arguments.
backup_with_seal() {
  "$@" generation.ts seal --generation "$generation_new" --previous "$LOCAL_BACKUP_DIR" --run-directory "$run_dir" \
    --components "$(components_list)" --unconfigured "$(components_unconfigured_list)" --run-id "$RUN_ID" --started "$run_started" \
    --archives "$(borg_first_list)" "${worker_flags[@]}"
}

# Everything but the backup: checked, and told.
backup_dry_run() {
  check_run "${config_flags[@]}" --need components,repository
  [[ $output_json == no ]] || return 0
  if partial_is; then
    output_write $'\n'"A run would now archive a part of the project (${components[*]}) in ${borg_repositories[*]}; $LOCAL_BACKUP_DIR would stay as it is."
    return $?
  fi
  output_write $'\n'"A run would now make a new generation (${components[*]}) beside $LOCAL_BACKUP_DIR, put it in its place, and archive it in ${borg_repositories[*]}."
  [[ ! -s $run_dir/archives.json ]] || worker_call report.ts prune-plan --archive-list "$run_dir/archives.json"
}

backup_verify_repository() {
  backup_configure repository
  lock_acquire
  run_begin check
  run_step preflight borg_find
  run_step check repository_verify "$flag_data"
}

# What a run would fetch from Storage; the repository is not asked.
backup_estimate() {
  backup_configure estimate
  run_scratch
  answer_of estimate.ts --components "$(components_list)" --scratch "$run_dir" --previous "$LOCAL_BACKUP_DIR" "${object_flags[@]}"
}

# backup_status: of one project, or with --all of every one.
backup_status() {
  if [[ $flag_all == yes ]]; then
    components_call answer_of report.ts status --all
  else
    components_call answer_of report.ts status "${config_flags[@]}"
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
arguments_parse "$@"
command_begin "${config_flags[@]}"
components_choose only "${flag_only[@]}"
components_choose skip "${flag_skip[@]}"
partial_choose
! arguments_given --events || events_take "$flag_events"
worker_require
case $flag_all:$verb in
*:status) backup_status ;;
yes:*) projects_each "$root/backup.sh" "${passed_on[@]}" ;;
*:backup) if partial_is; then backup_start partial_run; else backup_start backup_run; fi ;;
*:dry-run) backup_dry_run ;;
*:check) check_run "${config_flags[@]}" --need components,repository ;;
*:estimate) backup_estimate ;;
*:coverage) components_call answer_of config.ts coverage ;;
*:config) components_call answer_of config.ts show "${config_flags[@]}" ;;
*:verify-repo) backup_verify_repository ;;
*:prune-plan) backup_read_only repository_prune_plan ;;
*:key-export) backup_read_only repository_key_export "$flag_key_export" ;;
*:adopt) backup_care owner_adopt "$flag_adopt" ;;
*:delete) backup_care care_delete "$flag_delete" ;;
*:pin) backup_care pins_set "$flag_pin" "$flag_reason" ;;
*:unpin) backup_care pins_remove "$flag_unpin" ;;
*:borg) backup_care care_borg "${borg_arguments[@]}" ;;
*:break-lock | *:accept-moved | *:accept-older | *:prune | *:compact) backup_care "care_${verb//-/_}" ;;
*:passphrase-change) backup_read_only repository_passphrase_change ;;
esac
