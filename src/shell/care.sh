# shellcheck shell=bash
# What the operator does to the repositories by hand, by a verb of backup.sh each: every remedy that this toolkit prints can be
# typed. `--repository ADDRESS` picks one of several.

# care_begin: with the lock held, finds the repositories that are meant.
care_begin() {
  lock_acquire
  run_scratch
  borg_find
  care_choose
}

# care_choose: of several repositories those that --repository names, else all.
care_choose() {
  local repository
  [[ -n ${flag_repository?} ]] || return 0
  for repository in "${borg_repositories[@]}"; do
    [[ $repository == "$flag_repository" ]] || continue
    borg_repositories=("$repository")
    return $?
  done
  error_raise 2 USAGE "$flag_repository is none of this project's repositories: ${borg_repositories[*]}." 'Name one of them as it stands in the configuration.'
}

# care_borg ARGUMENT...: runs Borg by hand with the project's settings; passphrase and all go by the environment. Borg may ask what
# it likes: who types is there to answer.
care_borg() {
  borg_find
  care_choose
  borg_select_first
  unset REMOTE_SHELL_SAYS
  exec borg "$@"
}

# care_break_lock: for a lock that nobody holds any more, e.g. after a crash of another machine.
care_break_lock() {
  care_begin
  borg_each care_break_lock_one
  answer_done "The locks of ${borg_repositories[*]} are broken."
}

care_break_lock_one() {
  borg_run /dev/null break-lock
}

# care_accept_moved: the repository is at another address than before, or not encrypted and new here, and that is in order.
care_accept_moved() {
  care_begin
  local -x BORG_RELOCATED_REPO_ACCESS_IS_OK=yes BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes
  borg_each care_list_one
  answer_done "Borg takes ${borg_repositories[*]} as it is from now on."
}

care_list_one() {
  borg_list "${run_dir:?}/archives-$1.json"
}

# care_accept_older: the repository was put back from an older copy, and that is in order.
care_accept_older() {
  care_begin
  borg_each care_accept_older_one
  answer_done "Borg takes ${borg_repositories[*]} as it is from now on."
}

# care_accept_older_one INDEX: has Borg forget how new the repository was. What it knows of nonces stays: with them used twice, an
# encryption would be weak.
care_accept_older_one() {
  local id security list=${run_dir:?}/archives-$1.json
  # With a memory of its own, Borg lists it, and says its id.
  BORG_SECURITY_DIR=$run_dir/security BORG_CACHE_DIR=$run_dir/cache BORG_RELOCATED_REPO_ACCESS_IS_OK=yes \
    BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes borg_run "$list" list --json || return $?
  json_read "$list" || return $?
  id=$(json_facts repository "$list")
  security=${BORG_SECURITY_DIR:-$(borg_own_directory config)/security}/${id:?}
  rm -f -- "$security/manifest-timestamp"
  borg_run /dev/null delete --cache-only --keep-security-info || return $?
  borg_list "$list"
}

# care_prune: retention, now, by the same rules as after a backup.
care_prune() {
  care_begin
  borg_each care_prune_one
  answer_done 'Done: retention has deleted what it would have deleted after the next backup.'
}

care_prune_one() {
  local list=${run_dir:?}/archives-$1.json
  local -a names
  borg_list "$list" || return $?
  worker_call report.ts prune-plan --archive-list "$list" --names >"$run_dir/prunable" || return $?
  mapfile -t names < <(owner_prunable "$list" <"$run_dir/prunable")
  owner_tell_foreign "$list"
  log_info "Deleting ${#names[@]} archives of $BORG_REPO"
  ((${#names[@]} > 0)) || return 0
  borg_delete "$1" "${names[@]}"
}

# care_compact: frees what deleted archives take.
care_compact() {
  care_begin
  borg_each care_compact_one
  answer_done 'Done: the space of deleted archives is free.'
}

care_compact_one() {
  borg_run /dev/null compact --verbose || return $?
  log_file INFO "${run_dir:?}/borg-stderr"
}

# care_delete ARCHIVE: deletes one of this project's.
care_delete() {
  care_begin
  borg_each care_delete_one "$1"
  answer_done "$1 is deleted."
}

care_delete_one() {
  local list=${run_dir:?}/archives-$1.json
  borg_list "$list" || return $?
  care_require_own "$list" "$2" "If it is to go nevertheless: $(borg_command borg delete "'::$2'")" || return $?
  if pins_has "$list" "$2"; then
    error_raise 1 ARCHIVE_PINNED "The archive $2 in $BORG_REPO is pinned, so it is not deleted." "If it is to go nevertheless, unpin it first: $(borg_command --unpin "$2")"
    return $?
  fi
  borg_delete "$1" "$2"
}

# care_require_own LIST ARCHIVE REMEDY: returns 1 unless the repository has it, and it is certainly this project's.
care_require_own() {
  if ! grep -qxF -- "$2" < <(borg_names "$1"); then
    error_raise 1 ARCHIVE_MISSING "There is no archive $2 in $BORG_REPO." 'See restore.sh --list.'
    return $?
  fi
  if ! owner_carries_name "$2" || [[ -z $(owner_certain "$1" <<<"$2") ]]; then
    error_raise 1 ARCHIVE_NOT_OURS "The archive $2 in $BORG_REPO is not certainly of the project $PROJECT_NAME." "$3"
  fi
}
