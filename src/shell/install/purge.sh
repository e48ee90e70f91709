# shellcheck shell=bash
# What `--uninstall --purge` removes beyond the installation: all that backups left on this machine.

# purge_confirm PROJECT...: shows what will be removed, remembers it in `purge_paths`, and returns 2 unless the answer is yes.
purge_confirm() {
  local project path
  [[ ${flag_dry_run:?} == yes ]] || worker_require
  for project in "$@"; do
    while read -r path; do
      [[ ! -e $path ]] || purge_paths+=("$path")
    done < <(purge_list "$project")
  done
  # As `dashboard.sh --help` says where it keeps its own.
  [[ -n ${project:-} || ! -e ${dashboard_dir:?} ]] || purge_paths+=("$dashboard_dir")
  ((${#purge_paths[@]})) || return 0
  printf 'This will be removed for good, with every backup in it:\n'
  printf '  %s\n' "${purge_paths[@]}"
  [[ $flag_dry_run == no ]] || return 0
  change_confirm 'Remove all of it?' ||
    error_raise 2 PURGE_NOT_CONFIRMED 'Nothing was removed.' 'Answer yes, or give --yes as well.'
}

# purge_list PROJECT: prints the paths, one a line; elsewhere than in our own directories only what is surely a backup.
purge_list() {
  local repository path
  local -a addresses
  printf '%s\n' "${config_dir:?}/$1.env" "$config_dir/$1.env.answers" "$config_dir/$1.credentials" "${state_dir:?}/$1" "${data_dir:?}/$1"
  [[ ${log_dir:?} == "$state_dir" ]] || printf '%s\n' "$log_dir/$1"
  project_read_settings "$1" || return 0
  for path in "${settings[LOCAL_BACKUP_DIR]:?}" "${settings[BORG_EXTRACT_DIR]}"; do
    [[ $path == "$data_dir/$1"/* || ! -f $path/manifest.json ]] || printf '%s\n' "$path"
  done
  addresses_list "${settings[BORG_REPOS]:-}" "${settings[BORG_REPO]:-}"
  for repository in "${addresses[@]}"; do
    grep -qsx '\[repository\]' "$repository/config" || continue
    printf '%s\n' "$repository"
    purge_list_keys "$repository"
  done
}

# purge_list_keys REPOSITORY: prints the key files of a repository that does not hold its key itself.
purge_list_keys() {
  local id
  id=$(sed -n 's/^id = //p' "$1/config")
  # Where there are no key files at all there is nothing to tell of.
  [[ -z $id ]] || grep -lsx "BORG_KEY $id" "${settings[BORG_BASE_DIR]:-$HOME}/.config/borg/keys"/* || true
}
