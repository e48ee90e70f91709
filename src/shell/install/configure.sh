# shellcheck shell=bash
# The guided set-up: env file, encrypted repository, its key in a safe place, a last check.

# configure: asks everything, tries it, and sets `enable` by the answer.
configure() {
  local file=${config_dir:?}/${project:?}.env pair
  local -a pairs
  local -A answers=()
  if [[ ! -t 0 ]]; then
    error_raise 2 NO_TERMINAL 'The set-up asks questions, and there is no terminal to ask them on.' \
      "Fill in $file by hand instead, then run: backup.sh --project $project --check"
    return $?
  fi
  if [[ ${flag_dry_run:?} == yes ]]; then
    change "ask for the settings of $project and write them to $file"
    return $?
  fi
  worker_attach configure.ts --env-file "$file" --repository "${data_dir:?}/$project.borg" \
    --key-file "$(configure_key_directory)/supabase-backup-$project.key" >"${scratch:?}/answers"
  mapfile -d '' -t pairs <"$scratch/answers"
  for pair in "${pairs[@]}"; do answers[${pair%%=*}]=${pair#*=}; done
  [[ ${mode:?} == user ]] || chown "${install_account:?}:" "$file"
  printf 'done   write the configuration: %s\n' "$file"
  # The places that the env file names must be there before the repository is made.
  project_install_units
  [[ -z ${answers[KEY_FILE]} ]] || configure_export_key "${answers[KEY_FILE]}"
  # shellcheck disable=SC2034 # for install.sh
  enable=${answers[ENABLE]}
  # What it finds is shown with the remedy, and keeps nothing of what was installed from being there.
  configure_as_account "${root:?}/backup.sh" --project "$project" --check || true
}

# configure_key_directory: prints a directory that the account of the runs may write to.
configure_key_directory() {
  if [[ $mode == user ]]; then printf '%s' "$HOME"; else printf '%s' "${state_dir:?}"; fi
}

# configure_export_key FILE: creates the repository if need be, writes its key, and has it taken elsewhere.
configure_export_key() {
  configure_as_account "$root/backup.sh" --project "$project" --key-export "$1"
  printf '\nWithout the passphrase in %s and this key no archive can ever be read.\n' "$config_dir/$project.env"
  if change_confirm "Do you have both in another place, so that $1 can be deleted here?"; then
    change "delete $1" rm -f -- "$1"
  else
    log_warn "$1 is still on this machine only."
  fi
}

# configure_as_account COMMAND...: runs it as the one that will make the backups.
configure_as_account() {
  if [[ $mode == user ]]; then
    "$@"
  else
    runuser -u "$install_account" -- env HOME="$state_dir" "$@"
  fi
}
