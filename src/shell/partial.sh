# shellcheck shell=bash
# A backup of a part of the database: --type, --schema and --exclude-table of backup.sh. It is made beside the current generation, which
# stays as it is, and archived under a name of its own, so that nothing that is about the full backups takes it for one.

# The flags, for the workers.
part_flags=()
partial_directory=

# partial_is: whether a part was asked for.
partial_is() {
  [[ ${flag_type:-full} != full ]] || arguments_given --schema || arguments_given --exclude-table
}

# partial_choose: refuses what does not go together, and notes for config.ts that a part is meant.
partial_choose() {
  local flag
  case ${flag_type:-full} in
  full | schema | data) ;;
  roles)
    for flag in --schema --exclude-table; do
      arguments_exclude --type "$flag" 'where it is roles: they belong to no schema' || return $?
    done
    ;;
  *) arguments_refuse "--type is full, schema, data or roles, not $flag_type." || return $? ;;
  esac
  partial_is || return 0
  for flag in --bucket --prefix --object --accept-shrink; do
    ! arguments_given "$flag" || arguments_refuse "$flag does not go with a partial backup (--type, --schema, --exclude-table)." || return $?
  done
  # shellcheck disable=SC2034 # of src/shell/components.sh
  components_flags+=(--partial)
}

# partial_run: the steps of one, once it is configured.
partial_run() {
  lock_acquire
  run_begin partial
  run_step preflight partial_preflight
  run_step before-backup hooks_run before-backup
  run_step generation partial_prepare
  run_step components partial_capture
  run_step seal partial_seal
  run_step archive archive_create "$partial_directory"
  run_step retention archive_prune
  run_step after-backup hooks_run after-backup
}

partial_preflight() {
  owner_begin
  preflight_space
  borg_find
  borg_each borg_open
}

# partial_prepare: makes the directory that it is made in, which goes when it is archived.
partial_prepare() {
  partial_directory=$LOCAL_BACKUP_DIR.partial-backup
  if ! ours_is_free "$partial_directory"; then
    error_raise 78 LOCAL_NOT_OURS "$partial_directory, where a partial backup is made, holds something that this toolkit did not make." \
      "Move it: mv '$partial_directory' '$partial_directory.kept'"
    return $?
  fi
  run_cleanup_add partial_tidy
  partial_tidy
  if ! { mkdir -p -- "${partial_directory%/*}" && ours_make "$partial_directory"; } 2>"${run_dir:?}/mkdir.stderr"; then
    error_raise 78 LOCAL_UNWRITABLE "A partial backup cannot be made in ${partial_directory%/*}." 'Check its rights, and that the disk is not full.' "$run_dir/mkdir.stderr"
  fi
}

# partial_capture: where a component fails there is no older copy of it to stand in: the run fails.
partial_capture() {
  components_back_up "$partial_directory" '' '' '' --previous "$LOCAL_BACKUP_DIR" "${part_flags[@]}" || return $?
  components_all_done
}

partial_seal() {
  worker_run generation.ts seal --generation "$partial_directory" --run-directory "${run_dir:?}" --components "$(components_list)" \
    --run-id "$RUN_ID" --started "${run_started:?}" --archives "$(borg_first_list)"
}

# partial_tidy: the archive has it all.
partial_tidy() {
  ours_remove "${partial_directory:?}"
  [[ ! -d $partial_directory ]] || rmdir -- "$partial_directory"
  rm -rf -- "$partial_directory.partial"
}

# partial_report: adds to `arguments` of the caller what was asked for.
partial_report() {
  ((${#part_flags[@]} == 0)) || arguments+=("${part_flags[@]/#--/--partial-}")
}
