#!/usr/bin/env bash
# Lint of the dashboard: what test/lint.sh, which looks at its Bash and its style too, cannot do without its packages.
#
#     dashboard/lint.sh [--tally FILE]     FILE gets one line a check, `pass` or `fail`, for .ci/run
set -Eeuo pipefail
shopt -s inherit_errexit
export LC_ALL=C.UTF-8

# shellcheck source=dashboard/setup.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/setup.sh"
# shellcheck source=test/checks.sh
source "$root/test/checks.sh"
checks_begin "$@"

setup_toolkit test
setup_packages test
# The tree of routes is made by the build.
setup_build
cd "$dashboard"
check 'types of the dashboard' "$node" "$dashboard/node_modules/typescript/bin/tsc" --noEmit
check 'nothing unused in the dashboard' "$node" "$root/node_modules/knip/bin/knip.js" --directory "$dashboard"
checks_end
