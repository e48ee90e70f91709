# shellcheck shell=bash
# What to type next, at the end of an installation.

# next_say ROOT: for the toolkit at that place.
next_say() {
  local system='' as='' name=${project:-NAME} here
  local -a steps
  [[ ${mode:?} == user ]] || system=' --system' as="sudo -u ${install_account:?} "
  printf -v here '%q' "$1"
  if [[ -z ${project:-} ]]; then
    steps+=("$here/install.sh$system --project NAME --configure")
  elif grep -qsE '^SUPABASE_(PROJECT_REF|DB_URL)=.' "${config_dir:?}/$project.env"; then
    steps+=("$as$here/backup.sh --project $project --check")
  else
    steps+=("$here/install.sh$system --project $project --configure")
  fi
  [[ ${enable:?} == yes ]] || steps+=("$here/install.sh$system --project $name --enable")
  steps+=("$as$here/backup.sh --project $name")
  steps+=("$as$here/restore.sh --project $name --test --yes")
  printf '\nNext, type:\n'
  printf '  %s\n' "${steps[@]}"
  next_say_manual
  next_say_zsh
}

# next_say_manual: how to read the manual, where man does not look by itself.
next_say_manual() {
  [[ -n $(type -P man) ]] || return 0
  if man -w supabase-backup >/dev/null 2>&1; then
    printf '\nThe manual: man supabase-backup, man supabase-restore, man supabase-install\n'
  else
    printf '\nThe manual: man -M %q supabase-backup (or supabase-restore, supabase-install)\n' "${man_dir:?}"
  fi
}

# next_say_zsh: of a user's own directories zsh knows none by itself.
next_say_zsh() {
  [[ ${mode:?} == user && ${SHELL:-} == */zsh ]] || return 0
  printf '\nCompletion for zsh: put this into ~/.zshrc, before compinit is called: fpath=(%q %s)\n' "${zsh_dir:?}" "\$fpath"
}
