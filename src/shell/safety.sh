# shellcheck shell=bash
# The backup of a target before it is restored over: an archive of its own, PROJECT-before-restore-START, from which
# restore.sh --rollback brings the target back.

# So many of a project are kept.
readonly safety_kept=3

safety_directory=
# The name of the one that this run made.
safety_made=

# safety_backup: archives the target as it is. What it cannot read makes the run degraded, for it could not be brought back.
safety_backup() {
  local name
  name=$PROJECT_NAME-before-restore-$(run_stamp)
  borg_find
  owner_begin
  borg_keep_first
  borg_list "${run_dir:?}/archives-0.json"
  safety_directory=$LOCAL_BACKUP_DIR.before-restore
  if ! ours_is_free "$safety_directory"; then
    error_raise 78 LOCAL_NOT_OURS "$safety_directory, where the backup of the target is made, holds something that this toolkit did not make." \
      "Move it: mv '$safety_directory' '$safety_directory.kept'"
    return $?
  fi
  run_cleanup_add safety_tidy
  safety_tidy
  mkdir -p -- "${safety_directory%/*}"
  [[ ! -d $safety_directory ]] || rmdir -- "$safety_directory"
  ours_make "$safety_directory"
  log_info "Backing up the target as it is, as $name (--no-safety-backup does without)"
  safety_capture
  ! worker_was_degraded || run_finding degraded safety-degraded "The backup of the target, $name, is degraded: a rollback could not bring everything back."
  chunker_choose "$safety_directory"
  borg_each borg_archive "$safety_directory" "$name"
  # shellcheck disable=SC2034 # of src/shell/target.sh
  safety_made=$name
  rm -f -- "$run_dir"/created-*.json
  safety_tidy
  safety_prune
}

# safety_capture: a backup with the target in the project's place, and without the project's history: its shrink guard and
# its budgets are not the target's.
safety_capture() {
  local -x PROJECT_NAME=$PROJECT_NAME-before-restore STATE_DIR=${run_dir:?}/safety-state
  local name
  local -a pairs components
  for name in "${!SUPABASE_@}"; do local -x "$name="; done
  for name in "${!TARGET_SUPABASE_@}"; do local -x "${name#TARGET_}=${!name}"; done
  local -x SUPABASE_STORAGE_URL=${SUPABASE_STORAGE_URL:-${SUPABASE_URL:+${SUPABASE_URL%/}/storage/v1}}
  local -x STORAGE_EGRESS_BUDGET='' STORAGE_EGRESS_BUDGET_MONTH='' STORAGE_INCLUDE='' STORAGE_EXCLUDE=''
  local -x FUNCTION_SECRETS_FILE='' KEEP_FUNCTION_SECRETS=''
  # A rollback has to bring its secrets back, and its root key where a restore may have set another.
  [[ ${VAULT_MODE:-} == root-key && -n ${SUPABASE_ACCESS_TOKEN:-} ]] || local -x VAULT_MODE=''
  local -x VAULT_KEY_FILE=''
  mkdir -p -- "$STATE_DIR"
  # What the restore leaves alone, or cannot reach, needs no way back.
  worker_pairs config.ts reachable --components "${chosen_components:?}" || return $?
  # shellcheck disable=SC2034 # of src/shell/components.sh
  components=("${pairs[@]}")
  components_back_up "$safety_directory" safety-backup/ '' ''
  # A restore does not begin without a way back.
  components_all_done || return $?
  worker_run generation.ts seal --generation "$safety_directory" --run-directory "$run_dir" --components "$(components_list)" --run-id "$RUN_ID"
}

# safety_point: prints the name of that of the last restore which changed its target, see src/restore/rollback-point.ts; nothing
# where none is known.
safety_point() {
  local name=''
  [[ ! -s $STATE_DIR/rollback-point ]] || read -r name <"$STATE_DIR/rollback-point"
  printf '%s' "$name"
}

# safety_to_roll_back_to: prints the name of the one that a rollback brings back: the newest, where it is not known which one
# belongs to the last change of a target; nothing when there is none.
safety_to_roll_back_to() {
  local point
  point=$(safety_point)
  if [[ -n $point ]] && grep -qxF -- "$point" < <(PROJECT_NAME=$PROJECT_NAME-before-restore borg_own_names "${run_dir:?}/archives-0.json" '(-degraded)?'); then
    printf '%s' "$point"
    return $?
  fi
  worker_call sources.ts --archive-list "${run_dir:?}/archives-0.json" --newest before-restore
}

# safety_prune: deletes all but the newest of them, in the order of the runs, which Borg's clock may not tell, and but the one to
# roll back to; the list is from before the one just made.
safety_prune() {
  local PROJECT_NAME=$PROJECT_NAME-before-restore
  local -a names
  mapfile -t names < <(borg_own_names "${run_dir:?}/archives-0.json" '(-degraded)?' | sort | head -n "-$((safety_kept - 1))" |
    streams_grep -vxF -- "$(safety_point)" |
    owner_prunable "$run_dir/archives-0.json")
  ((${#names[@]} == 0)) || borg_delete 0 "${names[@]}"
}

# safety_tidy: the archive has it all.
safety_tidy() {
  ours_remove "${safety_directory:?}"
}
