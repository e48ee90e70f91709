# shellcheck shell=bash
# The nightly archive, and which older ones go.

# archive_create [DIRECTORY]: the current generation, or that of a partial backup, goes into every repository, under the same name.
archive_create() {
  local name part directory=${1:-$LOCAL_BACKUP_DIR}
  name=$PROJECT_NAME-$(archive_stamp)
  if [[ -s ${run_dir:?}/archive-part ]]; then
    part=$(<"$run_dir/archive-part")
    name+=-$part
  fi
  ! worker_was_degraded || name+=-degraded
  chunker_choose "$directory" "${part:+passing}"
  borg_each borg_archive "$directory" "$name"
  log_info "Archived as $name"
  archive_note_names "${run_dir:?}/archives-0.json" "$name"
  run_made "$name"
}

# archive_note_names LIST [NAME]: keeps the names of the project's archives for the completion of a shell, which cannot ask Borg. Where
# there is no room for them, those of before have to do.
archive_note_names() {
  local names
  [[ -d $STATE_DIR && -w $STATE_DIR ]] || return 0
  names=$(borg_own_names "$1" "${borg_any_suffix:?}") || return $?
  { printf '%s\n' "$names" "${2:-}" | streams_grep . >"$STATE_DIR/archives.new" &&
    mv -f -- "$STATE_DIR/archives.new" "$STATE_DIR/archives"; } 2>/dev/null || true
}

# archive_stamp: prints the time in the archive's name: the run's start, unless the worker found this machine's clock wrong.
archive_stamp() {
  if [[ -s ${run_dir:?}/archive-stamp ]]; then
    printf '%s' "$(<"$run_dir/archive-stamp")"
  else
    run_stamp
  fi
}

# archive_prune: after a complete run only.
archive_prune() {
  run_is_good || return 0
  borg_each archive_prune_one
}

# archive_prune_one INDEX: deletes exactly what retention named, and what interrupted runs left in the repository.
archive_prune_one() {
  local list=${run_dir:?}/archives-$1.json
  local -a names
  mapfile -t names < <(archive_prunable "$list" | owner_prunable "$list")
  owner_tell_foreign "$list"
  ((${#names[@]} > 0)) || return 0
  # The list is from before the backup: another machine may have pinned one of them since.
  borg_list "$list.now" || return $?
  mapfile -t names < <(printf '%s\n' "${names[@]}" | owner_prunable "$list.now")
  ((${#names[@]} > 0)) || return 0
  log_info "Pruning ${#names[@]} archives of $BORG_REPO"
  borg_delete "$1" "${names[@]}" || return $?
  printf '%s\n' "${names[@]}" >>"${run_dir:?}/pruned"
}

# archive_prunable LIST: prints those of the archives in the list that are to go. A name that the worker gave and that is not in the
# list, or not of this project, does not count.
archive_prunable() {
  [[ ! -s ${run_dir:?}/prunable ]] || borg_own_names "$1" "$borg_any_suffix" | streams_grep -xF -f "$run_dir/prunable"
  borg_own_names "$1" "$borg_any_suffix"'\.checkpoint(\.[0-9]+)?'
}
