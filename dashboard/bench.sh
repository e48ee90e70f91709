#!/usr/bin/env bash
# Measures the dashboard over many projects: see test/bench/bench.ts.
#
#     dashboard/bench.sh [PROJECTS] [NIGHTS]
set -Eeuo pipefail
shopt -s inherit_errexit
export LC_ALL=C.UTF-8

# shellcheck source=dashboard/setup.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/setup.sh"

setup_toolkit test
setup_packages test
setup_build
setup_browser
export DASHBOARD_BUILD="$build_directory"
exec "$node" "$dashboard/test/bench/bench.ts" "$@"
