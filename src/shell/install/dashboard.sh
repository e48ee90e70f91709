# shellcheck shell=bash
# The dashboard as a service: its packages, its build, its unit.

readonly dashboard_unit=supabase-backup-dashboard.service

# dashboard_install ROOT: of the toolkit at that place. Where it runs already it is started anew; the runs that it started go on.
dashboard_install() {
  change 'install the packages of the dashboard and build it' "$1/dashboard/dashboard.sh" --deps
  dashboard_install_unit "$1"
  install_reload_manager
  if install_manager_runs || [[ ${flag_dry_run:?} == yes ]]; then
    change 'start the dashboard' dashboard_start
    [[ ${mode:?} == system ]] || project_linger
    dashboard_say
  else
    printf '\nNo systemd was found to start the dashboard with. By hand it serves until Ctrl-C:\n  %q\n' "$1/dashboard/dashboard.sh"
  fi
}

dashboard_install_unit() {
  local flag='--user ' wanted=default.target
  [[ ${mode:?} == user ]] || flag='' wanted=multi-user.target
  render "${root:?}/templates/systemd/$dashboard_unit" ROOT="$(render_unit_text "$1")" USER_FLAG="$flag" WANTED_BY="$wanted" \
    >"${scratch:?}/unit"
  cat "$root/templates/systemd/service-$mode.conf" >>"$scratch/unit"
  [[ $mode == user ]] || cat "$root/templates/systemd/dashboard-system.conf" >>"$scratch/unit"
  change_file 'the unit' "${unit_dir:?}/$dashboard_unit" 644 <"$scratch/unit"
}

dashboard_start() {
  install_manager enable --quiet "$dashboard_unit" && install_manager restart "$dashboard_unit"
}

dashboard_say() {
  local flag=' --user'
  [[ ${mode:?} == user ]] || flag=''
  printf '\nThe dashboard: http://127.0.0.1:4317\n'
  printf 'Its first admin is made by a link that stands in its log: journalctl%s -u %s\n' "$flag" "$dashboard_unit"
}

# dashboard_find: sets `dashboard_dir` to where the dashboard of this machine keeps its own, which a drop-in of its unit, or else the
# variable DASHBOARD_DIR of whoever types, may have put elsewhere; then `dashboard_is_elsewhere` is yes.
dashboard_find() {
  local file line usual=${dashboard_dir:?}
  local quoted='^[[:space:]]*Environment=(.*[[:space:]])?"DASHBOARD_DIR=([^"]+)"' plain='^[[:space:]]*Environment=(.*[[:space:]])?DASHBOARD_DIR=([^"[:space:]]+)'
  [[ ${mode:?} == system || ${DASHBOARD_DIR:-} != /* ]] || dashboard_dir=$DASHBOARD_DIR
  # As systemd has it, what comes last counts.
  for file in "${unit_dir:?}/$dashboard_unit.d"/*.conf; do
    [[ -f $file ]] || continue
    while read -r line || [[ -n $line ]]; do
      [[ ! $line =~ $quoted && ! $line =~ $plain ]] || dashboard_dir=${BASH_REMATCH[2]/#%h/$HOME}
    done <"$file"
  done
  dashboard_dir=${dashboard_dir%/} dashboard_is_elsewhere=no
  [[ $dashboard_dir == "$usual" ]] || dashboard_is_elsewhere=yes
}

# dashboard_own_files: prints what in its directory is its own, one a line. In the usual place that is all of it; a place that somebody
# else has chosen may hold what is another's.
dashboard_own_files() {
  local path
  if [[ ${dashboard_is_elsewhere:?} == no ]]; then
    [[ ! -e ${dashboard_dir:?} ]] || printf '%s\n' "$dashboard_dir"
    return 0
  fi
  [[ -f $dashboard_dir/dashboard.sqlite && -e $dashboard_dir/lock ]] || return 0
  for path in "$dashboard_dir"/{dashboard.sqlite*,key,exports,backups,lock}; do
    [[ ! -e $path ]] || printf '%s\n' "$path"
  done
}

# dashboard_uninstall: what only it knows, such as its users, stays.
dashboard_uninstall() {
  if [[ -e ${unit_dir:?}/$dashboard_unit ]]; then
    ! install_manager_runs || change 'stop the dashboard' install_manager disable --now --quiet "$dashboard_unit"
  fi
  change_remove "$unit_dir/$dashboard_unit" "$unit_dir/$dashboard_unit.d"
}
