# shellcheck shell=bash
# What `--uninstall --purge` removes beyond the installation: all that backups left on this machine.

# purge_confirm PROJECT PROJECT...: shows what will be removed of those that follow, and, unless it is for the first one alone, of the
# dashboard; remembers it in `purge_paths`, and returns 2 unless it is confirmed by the name of what goes.
purge_confirm() {
  local each path name=${1:-everything}
  local -a own=()
  [[ ${flag_dry_run:?} == yes ]] || worker_require
  for each in "${@:2}"; do
    while read -r path; do
      [[ ! -e $path ]] || purge_paths+=("$path")
    done < <(purge_list "$each")
  done
  if [[ -z $1 ]]; then
    mapfile -t own < <(dashboard_own_files)
    purge_paths+=("${own[@]}")
  fi
  ((${#purge_paths[@]})) || return 0
  [[ ${flag_dashboard:?} == no ]] || name=dashboard
  purge_say "${#own[@]}"
  [[ $flag_dry_run == no ]] || return 0
  change_confirm_typed "$name" ||
    error_raise 2 PURGE_NOT_CONFIRMED 'Nothing was removed.' "Type $name when it is asked for, or give --yes as well."
}

# purge_say OWN: shows what will be removed, of which so many are the dashboard's.
purge_say() {
  local what='with every backup in it'
  [[ ${flag_dashboard:?} == no ]] || what='with the own backups of the dashboard in it'
  printf 'This will be removed for good, %s:\n' "$what"
  printf '  %s\n' "${purge_paths[@]}"
  (($1 == 0)) ||
    printf 'The secrets that the dashboard keeps of projects go with it: archives elsewhere take a passphrase to be read.\n'
}

# purge_require_ended: returns 75 while a dashboard that somebody started by hand still has its directory.
purge_require_ended() {
  local lock=${dashboard_dir:?}/lock
  [[ ${flag_dry_run:?} == no && -e $lock && " ${purge_paths[*]} " == *" $dashboard_dir"[\ /]* ]] || return 0
  ! purge_is_locked "$lock" ||
    error_raise 75 DASHBOARD_RUNNING "A dashboard runs on $dashboard_dir." 'End it, then type the same command again.'
}

# purge_is_locked FILE: whether a process holds a lock on it. The kernel's list tells files by numbers, and how it writes that of the disk
# differs between file systems; a file elsewhere may have the same. So who holds one is asked whether it has this file open.
purge_is_locked() {
  local inode pid open
  inode=$(stat -c %i -- "$1")
  while read -r pid; do
    for open in "/proc/$pid/fd"/*; do
      [[ ! $open -ef $1 ]] || return 0
    done
  done < <(sed -nE "s/^.* WRITE +([0-9]+) [^ ]*:$inode .*$/\1/p" /proc/locks)
  return 1
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
