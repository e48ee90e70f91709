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

verb=install mode=user
project='' copy_to=''
configure=no enable=no purge=no dry_run=no assume_yes=no
run_phase=install

install_arguments() {
  local -a arguments
  arguments_split "$@"
  set -- "${arguments[@]}"
  while (($#)); do
    case $1 in
    --copy-to | -p | --project) (($# > 1)) || arguments_missing "$1" ;;&
    --copy-to) copy_to=$(realpath -m -- "$2") && shift ;;
    -p | --project) project=$2 && shift ;;
    --user | --system) mode=${1#--} ;;
    --configure) configure=yes ;;
    --enable) enable=yes ;;
    --uninstall) verb=uninstall ;;
    --deps) verb=deps ;;
    --purge) purge=yes ;;
    --dry-run) dry_run=yes ;;
    -y | --yes) assume_yes=yes ;;
    -h | --help) verb=help ;;
    --version) verb=version ;;
    *) arguments_unknown "$1" "$root/src/shell/usage/install.txt" ;;
    esac
    shift
  done
  if [[ -n $project ]] && ! arguments_is_project_name "$project"; then
    arguments_refuse "a project name has letters, digits, dots, dashes and underscores only, 100 at most, and does not end in -before-restore: $project."
  fi
}

# What demo, tests and lint need; nothing to do in well under a second when it is all there.
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
    if [[ $dry_run == no ]]; then
      # The scratch directory goes with its shell, which does not end here.
      rm -rf "$scratch"
      exec "$copy_to/install.sh" "$@" --copy-to "$copy_to"
    fi
  fi
  install_packages
  units_install "${copy_to:-$root}"
  [[ -z $project ]] || install_project
  next_say "${copy_to:-$root}"
}

install_require_project() {
  [[ -z $project && ($configure == yes || $enable == yes) ]] || return 0
  arguments_refuse 'for which project? Add --project NAME.'
}

install_packages() {
  [[ $dry_run == yes ]] && return
  packages_ensure run
  node_ensure_packages "$root" run
  build_ensure "$root"
  worker_require
}

install_project() {
  project_install_env
  [[ $configure == no ]] || configure
  project_install_units
  [[ $enable == no ]] || project_enable
}

install_arguments "$@"
case $verb in
help) cat "$root/src/shell/usage/install.txt" ;;
version) arguments_print_version ;;
deps) install_dependencies ;;
*)
  install_begin
  if [[ $verb == uninstall ]]; then uninstall "$project"; else install_here "$@"; fi
  ;;
esac
