#!/usr/bin/env bash
# Prepares a machine: see `install.sh --help`.
set -Eeuo pipefail
shopt -s inherit_errexit
# The JavaScript packages hold no secret, and the unprivileged account that runs the drill's server must reach them.
umask 022
export LC_ALL=C

root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=src/shell/packages.sh
source "$root/src/shell/packages.sh"
# shellcheck source=src/shell/node.sh
source "$root/src/shell/node.sh"

# What demo, tests and lint need; nothing to do in well under a second when it is all there.
install_dependencies() {
  packages_ensure test || return
  node_ensure_packages "$root" test
}

case ${1-} in
--deps) install_dependencies || exit ;;
*)
  printf 'install.sh: unknown option\n' >&2
  exit 2
  ;;
esac
