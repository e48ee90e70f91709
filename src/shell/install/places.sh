# shellcheck shell=bash
# Where an installation puts its files: a user's own places, or the system's.

# The account of the system units, as in templates/systemd/sysusers.conf.
# shellcheck disable=SC2034 # for the other files of this directory
readonly install_account=supabase-backup

# install_begin: sets the places by `mode`, and makes a scratch directory that goes with the script.
# shellcheck disable=SC2034 # the places are for the other files of this directory
install_begin() {
  local config_home=${XDG_CONFIG_HOME:-$HOME/.config} state_home=${XDG_STATE_HOME:-$HOME/.local/state}
  local data_home=${XDG_DATA_HOME:-$HOME/.local/share}
  if [[ ${mode:?} == system ]]; then
    config_dir=/etc/supabase-backup unit_dir=/etc/systemd/system manager=(systemctl)
    state_dir=/var/lib/supabase-backup data_dir=$state_dir log_dir=/var/log/supabase-backup
    logrotate_file=/etc/logrotate.d/supabase-backup
    dashboard_dir=$state_dir/.local/share/supabase-backup-dashboard
    data_home=/usr/local/share default_copy=/opt/supabase-backup
    install_require_root
  else
    config_dir=$config_home/supabase-backup unit_dir=$config_home/systemd/user manager=(systemctl --user)
    state_dir=$state_home/supabase-backup data_dir=$data_home/supabase-backup log_dir=$state_dir
    logrotate_file=$config_dir/logrotate.conf dashboard_dir=$data_home/supabase-backup-dashboard
    default_copy=$HOME/supabase-backup
  fi
  man_dir=$data_home/man completion_dir=$data_home/bash-completion/completions
  zsh_dir=$data_home/zsh/site-functions fish_dir=$data_home/fish/vendor_completions.d
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
}

install_require_root() {
  [[ $(id -u) == 0 || ${flag_dry_run:?} == yes ]] ||
    error_raise 78 ROOT_NEEDED 'Units of the system can only be installed by root.' 'Use sudo, or install for yourself with --user.'
}

# install_only_project: prints the project, when exactly one is configured.
install_only_project() {
  local -a files=("$config_dir"/*.env)
  [[ ${#files[@]} != 1 || ! -f ${files[0]} ]] || basename "${files[0]}" .env
}

# install_manager ARGUMENT...: systemctl for the manager of this installation.
install_manager() {
  "${manager[@]}" "$@"
}

# install_manager_runs: whether there is a systemd to talk to: in a container, or after su, there may be none.
install_manager_runs() {
  install_manager show --property=Version >/dev/null 2>&1
}

install_reload_manager() {
  ! install_manager_runs || change 'let systemd read its units again' install_manager daemon-reload
}
