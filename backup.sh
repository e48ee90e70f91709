#!/usr/bin/env bash
# Backs up one Supabase project: see `backup.sh --help`.
set -Eeuo pipefail
shopt -s inherit_errexit
umask 077
export LC_ALL=C

root=$(cd -P "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
# shellcheck source=src/shell/all.sh
source "$root/src/shell/all.sh"

readonly all_components=(database storage)
components=("${all_components[@]}")
config_flags=()
output_json=no
verb=backup

backup_arguments() {
  local -a arguments
  arguments_split "$@"
  set -- "${arguments[@]}"
  while (($#)); do
    case $1 in
    -e | --env-file | -p | --project | --only | --skip) (($# > 1)) || arguments_missing "$1" ;;&
    -e | --env-file) config_flags+=(--env-file "$2") && shift ;;
    -p | --project) config_flags+=(--project "$2") && shift ;;
    --only) backup_select only "$2" && shift ;;
    --skip) backup_select skip "$2" && shift ;;
    --config) verb=config ;;
    --json) output_json=yes ;;
    -q | --quiet) export LOG_TERMINAL_LEVEL=warn ;;
    -v | --verbose) export LOG_LEVEL=debug ;;
    -h | --help) verb=help ;;
    --version) verb=version ;;
    *) arguments_unknown "$1" "$root/src/shell/usage/backup.txt" ;;
    esac
    shift
  done
}

# backup_select only|skip LIST
backup_select() {
  local component
  local -a chosen=() kept=()
  read -ra chosen <<<"${2//,/ }"
  for component in "${chosen[@]}"; do
    [[ " ${all_components[*]} " == *" $component "* ]] && continue
    printf 'backup.sh: there is no component %s. The components are: %s.\n' "$component" "${all_components[*]}" >&2
    return 2
  done
  for component in "${components[@]}"; do
    if [[ " ${chosen[*]} " == *" $component "* ]]; then
      [[ $1 == skip ]] || kept+=("$component")
    else
      [[ $1 == only ]] || kept+=("$component")
    fi
  done
  components=("${kept[@]}")
}

# backup_needs: prints what the configuration must provide.
backup_needs() {
  local IFS=,
  printf '%s' "${components[*]},repository"
}

backup_preflight() {
  generation_recover
  generation_check_place
  preflight_space
  borg_find
  borg_each borg_open
}

# backup_components: one worker makes the whole generation.
backup_components() {
  local leftover IFS=,
  local -a arguments=(--generation "$generation_new" --components "${components[*]}" --run-id "$RUN_ID"
    --archives "$(backup_first_list)")
  [[ ! -f $LOCAL_BACKUP_DIR/manifest.json ]] || arguments+=(--previous "$LOCAL_BACKUP_DIR")
  for leftover in "${generation_leftovers[@]}"; do
    arguments+=(--salvage "$leftover")
  done
  unset IFS
  worker_run backup.ts "${arguments[@]}"
}

# backup_first_list: prints the path of the list of archives of the first repository in use.
backup_first_list() {
  local -a indexes=("${!borg_repositories[@]}")
  printf '%s/archives-%s.json' "$run_dir" "${indexes[0]}"
}

# backup_archive: the current generation goes into every repository, under the same name.
backup_archive() {
  run_archive=$PROJECT_NAME-$(run_stamp)
  ! worker_was_degraded || run_archive+=-degraded
  chunker_choose "$LOCAL_BACKUP_DIR"
  borg_each borg_archive "$LOCAL_BACKUP_DIR" "$run_archive"
}

# backup_prune: deletes exactly what retention named, and what interrupted runs left in the repository.
backup_prune() {
  local -a names
  [[ -z $run_exit ]] || return 0
  borg_each backup_prune_repository
}

# backup_prune_repository INDEX
backup_prune_repository() {
  local -a names
  mapfile -t names < <(backup_prunable "$run_dir/archives-$1.json")
  ((${#names[@]} > 0)) || return 0
  log_info "Pruning ${#names[@]} archives"
  borg_delete "$1" "${names[@]}" || return
  printf '%s\n' "${names[@]}" >>"$run_dir/pruned"
}

# backup_prunable LIST: of the archives in the list, those to delete. Names in the worker's document that are not of this
# project, or not in the list, do not count.
backup_prunable() {
  local document
  document=$(<"$run_dir/worker.json")
  if [[ $document =~ \"prunable\":\[([^]]*)\] ]]; then
    grep -xF -f <(printf '%s\n' "${BASH_REMATCH[1]//[\",]/$'\n'}" | grep .) <(borg_own_names "$1") || true
  fi
  borg_own_names "$1" '(-degraded)?\.checkpoint(\.[0-9]+)?'
}

backup_run() {
  worker_require
  config_load "${config_flags[@]}" --need "$(backup_needs)"
  lock_acquire
  run_begin backup
  run_step preflight backup_preflight
  run_step before-backup hooks_run before-backup
  run_step generation generation_prepare
  run_step components backup_components
  run_step promotion generation_promote
  run_step archive backup_archive
  run_step retention backup_prune
  run_step after-backup hooks_run after-backup
}

backup_arguments "$@"
case $verb in
help) cat "$root/src/shell/usage/backup.txt" ;;
version) sed -n 's/^  "version": "\(.*\)",$/\1/p' "$root/package.json" ;;
config)
  worker_require
  [[ $output_json == no ]] || config_flags+=(--json)
  worker_call config.ts show "${config_flags[@]}"
  ;;
backup) backup_run ;;
esac
