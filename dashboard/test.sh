#!/usr/bin/env bash
# Tests of the dashboard, browser included, whose program is installed where it is missing.
#
#     dashboard/test.sh [VITEST ARGUMENT...]
set -Eeuo pipefail
shopt -s inherit_errexit
export LC_ALL=C.UTF-8

# shellcheck source=dashboard/setup.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/setup.sh"

setup_toolkit test
setup_packages test
setup_browser
cd "$dashboard"
exec "$node" node_modules/vitest/vitest.mjs run "$@"
