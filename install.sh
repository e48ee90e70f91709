#!/usr/bin/env bash
# Sets up the toolkit on this machine: see `install.sh --help`.
set -Eeuo pipefail
shopt -s inherit_errexit
# What is installed holds no secret, and others have to read it: the drill's server, the account of the system units.
# Directories and files with secrets get their modes where they are made.
umask 022
export LC_ALL=C
# Then Bash, Node, Borg and ssh all take that of the account.
[[ ${HOME:-} == /* ]] || unset HOME

root=$(cd -P "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
# shellcheck source=src/shell/install/all.sh
source "$root/src/shell/install/all.sh"
# The flags: --dry-run is in `flag_dry_run`, and so on; what says what is done, --uninstall, in `verb`.
# shellcheck source=src/shell/flags/install.sh
source "$root/src/shell/flags/install.sh"

run_phase=install

# install_take_flags: what may change on the way.
install_take_flags() {
  project=$flag_project copy_to='' mode=user enable=$flag_enable
  [[ -z $flag_copy_to ]] || copy_to=$(realpath -m -- "$flag_copy_to")
  [[ $flag_system == no ]] || mode=system
  [[ -z $project ]] || arguments_is_project_name "$project" || arguments_refuse \
    "a project name has letters, digits, dots, dashes and underscores only, 100 at most, and does not end in -before-restore: $project."
}

# The dashboard is of all projects.
install_require_one_place() {
  [[ -z $project || $flag_dashboard == no ]] || arguments_refuse '--uninstall takes away a project or the dashboard: give one of the two.'
}

# What tests and lint need; nothing to do in well under a second when it is all there.
install_dependencies() {
  packages_ensure test
  node_ensure_packages "$root" test
  build_ensure "$root"
}

# install_here ARGUMENT...: the installation; from a copy when one is wanted, which then takes over.
install_here() {
  [[ -n $project ]] || project=$(install_only_project)
  install_require_project
  [[ -n $copy_to ]] || copy_require_lasting
  if [[ -n $copy_to && $copy_to != "$root" ]]; then
    copy_make "$copy_to"
    if [[ $flag_dry_run == no ]]; then
      # The scratch directory goes with its shell, which does not end here.
      rm -rf "$scratch"
      exec "$copy_to/install.sh" --copy-to "$copy_to" "$@"
    fi
  fi
  install_packages
  units_install "${copy_to:-$root}"
  [[ -z $project ]] || install_project
  [[ $flag_dashboard == no ]] || dashboard_install "${copy_to:-$root}"
  next_say "${copy_to:-$root}"
}

install_require_project() {
  [[ -z $project && ($flag_configure == yes || $enable == yes) ]] || return 0
  arguments_refuse 'for which project? Add --project NAME.'
}

install_packages() {
  [[ $flag_dry_run == yes ]] && return 0
  packages_ensure run
  node_ensure_packages "$root" run
  build_ensure "$root"
  worker_require
}

install_project() {
  project_install_env
  [[ $flag_configure == no ]] || configure
  project_install_units
  [[ $enable == no ]] || project_enable
}

arguments_parse "$@"
install_take_flags
case $verb in
deps) install_dependencies ;;
*)
  install_begin
  if [[ $verb == uninstall ]]; then
    install_require_one_place
    uninstall "$project"
  else
    install_here "$@"
  fi
  ;;
esac
