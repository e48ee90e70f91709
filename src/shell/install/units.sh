# shellcheck shell=bash
# What an installation adds whatever the projects are: units, log rotation, manual pages, completions.

# units_install ROOT: for the toolkit at that place.
units_install() {
  [[ ${mode:?} == user ]] || units_install_account
  units_install_each "$1"
  units_install_logrotate
  units_install_documents
  install_reload_manager
}

# The account of the system units, and the directories that it may write to.
units_install_account() {
  local kind
  for kind in sysusers tmpfiles; do
    change_file "the $kind entry" "/etc/$kind.d/supabase-backup.conf" 644 <"${root:?}/templates/systemd/$kind.conf"
  done
  change "make the account ${install_account:?}" systemd-sysusers supabase-backup.conf
  change 'make its directories' systemd-tmpfiles --create supabase-backup.conf
}

# units_install_each ROOT: every unit: its template, and for a service what this manager can enforce.
units_install_each() {
  local template name flag='--user ' rotate
  rotate="ExecStopPost=-/usr/sbin/logrotate --state \"$(render_unit_text "${state_dir:?}/logrotate.state")\""
  rotate+=" \"$(render_unit_text "${logrotate_file:?}")\""
  [[ $mode == user ]] || flag='' rotate='# Logs are rotated by the logrotate of the system.'
  for template in "$root"/templates/systemd/*@.{service,timer}; do
    name=${template##*/}
    render "$template" ROOT="$(render_unit_text "$1")" USER_FLAG="$flag" ROTATE_LOGS="$rotate" >"${scratch:?}/unit"
    [[ $name == *.timer ]] || cat "$root/templates/systemd/service-$mode.conf" >>"$scratch/unit"
    change_file 'the unit' "${unit_dir:?}/$name" 644 <"$scratch/unit"
  done
}

units_install_logrotate() {
  local account='' files="\"${log_dir:?}\"/*/logs/*.log" run_by='After each backup supabase-backup@.service runs logrotate on it.'
  if [[ $mode == system ]]; then
    account="su $install_account $install_account" files="$log_dir/*/*.log" run_by='The system runs logrotate on it every day.'
  fi
  render "$root/templates/logrotate.conf" LOG_FILES="$files" LOG_DIRECTORY="$log_dir" ACCOUNT="$account" RUN_BY="$run_by" \
    >"$scratch/logrotate"
  change_file 'the rotation of logs' "$logrotate_file" 644 <"$scratch/logrotate"
}

units_install_documents() {
  local page script
  for page in "$root"/templates/man/*.[15]; do
    change_file 'the manual page' "${man_dir:?}/man${page##*.}/${page##*/}" 644 <"$page"
  done
  for script in backup restore install; do
    change_file 'the completion for bash' "${completion_dir:?}/$script.sh" 644 <"$root/templates/completion/supabase-backup.bash"
    change_file 'the completion for fish' "${fish_dir:?}/$script.sh.fish" 644 <"$root/templates/completion/$script.sh.fish"
  done
  change_file 'the completion for zsh' "${zsh_dir:?}/_supabase-backup" 644 <"$root/templates/completion/_supabase-backup"
}

# units_of service|timer PROJECT: prints the project's units of that kind, one a line.
units_of() {
  local template name
  for template in "$root"/templates/systemd/*@."$1"; do
    name=${template##*/}
    [[ $name == supabase-backup-notify@* ]] || printf '%s\n' "${name/@/@$2}"
  done
}
