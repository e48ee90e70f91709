# shellcheck shell=bash
# What an installation adds for one project: its env file, a drop-in of each service, its timers.

# project_install_env: a first env file to fill in. One that is there is left alone.
project_install_env() {
  local file=${config_dir:?}/${project:?}.env
  if [[ -e $file ]]; then
    printf 'as is  the configuration: %s\n' "$file"
    return $?
  fi
  [[ -d $config_dir ]] || change "make $config_dir" install -d -m 700 "$config_dir"
  change_file 'a configuration to fill in' "$file" 600 <"${root:?}/.env.example"
  [[ ${mode:?} == user ]] || change "give it to the account ${install_account:?}" chown "$install_account:" "$file"
}

# project_install_units: a drop-in of each of its services, with what the env file and the credentials ask for.
project_install_units() {
  local unit
  project_read_settings "$project" || return 0
  [[ $mode == user ]] || project_make_places
  project_conf >"${scratch:?}/conf"
  while read -r unit; do
    if [[ -s $scratch/conf ]]; then
      change_file 'the drop-in' "${unit_dir:?}/$unit.d/project.conf" 644 <"$scratch/conf"
    else
      change_remove "$unit_dir/$unit.d/project.conf"
    fi
  done < <(units_of service "$project" && project_notifiers)
  install_reload_manager
}

# project_notifiers: prints the units that alert about those of the project, one a line.
project_notifiers() {
  local unit
  while read -r unit; do
    printf 'supabase-backup-notify@%s\n' "$unit"
  done < <(units_of service "$project")
}

# project_read_settings PROJECT: sets `settings` from its env file and credentials, or returns 1.
project_read_settings() {
  local pair file=$config_dir/$1.env
  local -a pairs
  local -x CREDENTIALS_DIRECTORY=$config_dir/$1.credentials
  [[ -d $CREDENTIALS_DIRECTORY ]] || unset CREDENTIALS_DIRECTORY
  declare -gA settings=()
  [[ -r $file && -n ${node_command[*]} ]] || return 1
  if ! worker_pairs config.ts env --env-file "$file" --reading; then
    log_warn "$file is not complete yet. When it is, run install.sh once more, for the units to fit it."
    return 1
  fi
  for pair in "${pairs[@]}"; do
    settings[${pair%%=*}]=${pair#*=}
  done
}

# project_conf: prints the drop-in, or nothing when nothing is asked for.
project_conf() {
  local place secret
  local -a lines=()
  for secret in "$config_dir/$project.credentials"/*; do
    [[ ! -f $secret || ! ${secret##*/} =~ ^[A-Z][A-Z0-9_]*$ ]] || lines+=("LoadCredential=${secret##*/}:${secret//%/%%}")
  done
  if [[ $mode == system ]]; then
    while read -r place; do
      lines+=("ReadWritePaths=\"-$(render_unit_text "$place")\"")
    done < <(project_written_places | sort -u)
  fi
  [[ -z ${settings[PG_IMAGE]:-}${settings[DRILL_IMAGE]:-} ]] || lines+=("$(<"$root/templates/systemd/containers-$mode.conf")")
  ((${#lines[@]})) || return 0
  printf '# Made by install.sh from %s.\n# After changing paths there or adding credentials, run it again.\n\n[Service]\n' \
    "$config_dir/$project.env"
  printf '%s\n' "${lines[@]}"
}

# project_written_places: the directories of this machine that a run writes to, one a line, by `settings`.
project_written_places() {
  local repository
  local -a addresses
  # A backup is made beside the last one and then takes its name.
  printf '%s\n' "${settings[LOCAL_BACKUP_DIR]%/*}" "${settings[BORG_EXTRACT_DIR]%/*}"
  addresses_list "${settings[BORG_REPOS]:-}" "${settings[BORG_REPO]:-}"
  for repository in "${addresses[@]}"; do
    [[ $repository != /* ]] || printf '%s\n' "$repository"
  done
  [[ -z ${settings[METRICS_DIR]:-} ]] || printf '%s\n' "${settings[METRICS_DIR]}"
}

# Makes the directories that are missing, for the account of the system units.
project_make_places() {
  local place
  while read -r place; do
    [[ -e $place ]] || change "make $place for the account $install_account" \
      install -d -m 750 -o "$install_account" -g "$install_account" "$place"
  done < <(project_written_places | sort -u)
}

# project_enable: starts its timers, now and at every boot.
project_enable() {
  local -a timers
  mapfile -t timers < <(units_of timer "$project")
  if ! install_manager_runs && [[ ${flag_dry_run:?} == no ]]; then
    project_say_without_systemd
    return $?
  fi
  change "start the timers of $project" install_manager enable --now --quiet "${timers[@]}"
  [[ $mode == system ]] || project_linger
}

# project_say_without_systemd: the timers as lines for cron, and as the command of a container; after su, systemd is only not found.
project_say_without_systemd() {
  local here
  printf -v here '%q' "${copy_to:-${root:?}}"
  printf '\nNo systemd was found to start the timers with. If this machine has one, log in on it or over ssh (not with su), and type again:\n'
  printf '  %s/install.sh --project %s --enable\n' "$here" "$project"
  printf '\nWith cron, type crontab -e and add (times are those of the machine):\n'
  printf '  17 4 * * * %s/backup.sh --project %s --quiet\n' "$here" "$project"
  printf '  17 6 * * 0 %s/restore.sh --project %s --test --yes --quiet\n' "$here" "$project"
  printf '  17 8 * * 3 %s/backup.sh --project %s --verify-repo --quiet\n' "$here" "$project"
  printf '  17 9 * * * %s/backup.sh --project %s --status >/dev/null || %s/backup.sh --project %s --status\n' "$here" "$project" "$here" "$project"
  printf '\nIn a container, have the host or the cluster start one that runs this every night, with these directories on a volume that stays:\n'
  printf '  %s/backup.sh --project %s\n' "$here" "$project"
  printf '  %s  %s  %s\n' "${config_dir:?}" "${state_dir:?}" "${data_dir:?}"
}

# Without lingering a user's manager, and with it every timer, ends when the user logs out.
project_linger() {
  local user
  user=$(id -un)
  [[ $(loginctl show-user "$user" --property=Linger 2>/dev/null || true) != Linger=yes ]] || return 0
  change 'let the timers run while nobody is logged in' loginctl enable-linger "$user" ||
    log_warn "The timers run only while you are logged in. As root, type: loginctl enable-linger $user"
}
