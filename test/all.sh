#!/usr/bin/env bash
# What `npm test` runs: the tests of the toolkit, then those of the dashboard. With arguments, which are Vitest's, those of the
# toolkit alone; dashboard/test.sh takes its own.
set -Eeuo pipefail
shopt -s inherit_errexit

cd -P "$(dirname "${BASH_SOURCE[0]}")/.."
./install.sh --deps
node_modules/.bin/vitest run "$@"
(($#)) || bash dashboard/test.sh
