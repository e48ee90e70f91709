#!/usr/bin/env bash
# Lint: every check by name, the whole output of those that fail. Exits 1 when one does.
#
#     test/lint.sh [--tally FILE]     FILE gets one line a check, `pass` or `fail`, for .ci/run
set -Eeuo pipefail
shopt -s inherit_errexit
export LC_ALL=C.UTF-8

cd -P "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$PWD/node_modules/.bin:$PATH
# shellcheck source=test/checks.sh
source test/checks.sh
checks_begin "$@"

# The Bash in the checkout.
list_scripts() {
  find . \( -name node_modules -o -name .git \) -prune -o \
    -type f \( -name '*.sh' -o -name '*.bash' -o -path './.ci/*' \) -print
}

# A reader that stops at its first match ends what still writes to it, and under pipefail the match counts as a failure, now and
# then. It reads from <(...) instead.
# shellcheck disable=SC2317 # called by its name
no_early_reader() {
  ! grep -nE '(^|[^|])\|\s*(grep( -[a-zA-Z]+)* -[a-zA-Z]*[qm]|head (-n *)?[0-9])' "${scripts[@]}"
}

# A trap that exits while Bash 5.2 reads with a limit of time leaves it in a state that it never comes out of; a pause is a `sleep`.
# shellcheck disable=SC2317 # called by its name
no_timed_read() {
  ! grep -nE '^[^#]*\<read\s+([^|;&<#]*\s)?-[a-zA-Z]*t' "${scripts[@]}"
}

# In a trap on EXIT a `return` alone gives back the status that the trap began with: what has failed in it passes for success.
# shellcheck disable=SC2317 # called by its name
no_return_alone() {
  ! grep -nE '^[^#]*\<return\s*($|[;})])' "${scripts[@]}"
}

mapfile -t scripts < <(list_scripts | sort)
check 'shellcheck' shellcheck --external-sources "${scripts[@]}"
check 'shfmt' shfmt -d -i 2 "${scripts[@]}"
check 'no early reader in a pipe' no_early_reader
check 'no read with a limit of time' no_timed_read
check 'no return without a status' no_return_alone
check 'biome' biome check --error-on-warnings
check 'types' tsc --noEmit
check 'nothing unused' knip
checks_end
