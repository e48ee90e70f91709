# shellcheck shell=bash
# Takes away what install.sh put on the machine, and with --purge what the backups made.

# uninstall PROJECT: that project's timers, with --dashboard the dashboard alone, or everything when neither is given.
uninstall() {
  local -a projects=() purge_paths=()
  dashboard_find
  [[ ${flag_dashboard:?} == yes ]] || mapfile -t projects < <(uninstall_projects "$1")
  [[ ${flag_purge:?} == no ]] || purge_confirm "$1" "${projects[@]}"
  [[ -n $1 ]] || dashboard_uninstall
  [[ $flag_dashboard == yes ]] || uninstall_timers "$1"
  [[ -n $1 || $flag_dashboard == yes ]] || uninstall_rest
  install_reload_manager
  if [[ $flag_purge == yes ]]; then
    purge_require_ended
    change_remove "${purge_paths[@]}"
    # What another has put there stays, and the directory with it.
    [[ -n $1 || ${dashboard_is_elsewhere:?} == no || ! -d ${dashboard_dir:?} || ${flag_dry_run:?} == yes ]] ||
      rmdir --ignore-fail-on-non-empty -- "$dashboard_dir"
  elif [[ $flag_dashboard == yes ]]; then
    printf '\nWhat only the dashboard knows, such as its users and secrets, was left: %s\n' "${dashboard_dir:?}"
  else
    printf '\nConfiguration, archives and keys were left, and the toolkit itself: %s\n' "${config_dir:?} ${root:?}"
  fi
}

# uninstall_rest: what was installed whatever the projects are.
uninstall_rest() {
  change_remove "${unit_dir:?}"/supabase-backup*@.{service,timer} "${logrotate_file:?}" "${state_dir:?}/logrotate.state" \
    "${man_dir:?}"/man1/supabase-{backup,restore,install}.1 "$man_dir/man5/supabase-backup.env.5" "${completion_dir:?}"/{backup,restore,install}.sh \
    "${fish_dir:?}"/{backup,restore,install}.sh.fish "${zsh_dir:?}/_supabase-backup"
  [[ ${mode:?} == user ]] || change_remove /etc/{tmpfiles,sysusers}.d/supabase-backup.conf
}

# uninstall_projects PROJECT: the projects concerned, one a line.
uninstall_projects() {
  local file
  if [[ -n $1 ]]; then
    printf '%s\n' "$1"
    return $?
  fi
  for file in "$config_dir"/*.env; do
    [[ ! -f $file ]] || basename "$file" .env
  done
}

# uninstall_timers PROJECT: stops the timers of the project, or of all, and removes what was made for it.
uninstall_timers() {
  local unit instance=${1:-*}
  local -a timers=()
  # shellcheck disable=SC2231 # the empty project means every one
  for unit in "$unit_dir"/timers.target.wants/supabase-backup*@$instance.timer; do
    [[ ! -L $unit ]] || timers+=("${unit##*/}")
  done
  if install_manager_runs; then
    ((${#timers[@]} == 0)) || change "stop ${timers[*]}" install_manager disable --now --quiet "${timers[@]}"
    change 'stop what is running' install_manager stop "supabase-backup*@$instance.service"
  fi
  # shellcheck disable=SC2231
  for unit in "$unit_dir"/timers.target.wants/supabase-backup*@$instance.timer "$unit_dir"/supabase-backup*@$instance.service.d; do
    change_remove "$unit"
  done
}
