#!/usr/bin/env bash
# What `npm run demo` and `npm run sandbox` start: installs what they need, and nothing that only the tests do.
# Usage: sandbox.sh PROGRAM [ARGUMENT...], a program beside this one.
set -Eeuo pipefail
shopt -s inherit_errexit
umask 022
export LC_ALL=C

root=$(cd -P "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
# shellcheck source=src/shell/install/all.sh
source "$root/src/shell/install/all.sh"

packages_ensure run
node_ensure_packages "$root" run
build_ensure "$root"
exec "$(node_find "$root")" "$root/src/sandbox/$1" "${@:2}"
