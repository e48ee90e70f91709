#!/usr/bin/env bash
# What Borg starts in ssh's place: $REMOTE_SHELL (BORG_RSH in the env file) with the same arguments. What it says is kept in the file
# $REMOTE_SHELL_SAYS as well: Borg often loses the last words of a connection, which say why it failed.
set -euo pipefail

mapfile -t words < <(xargs -n 1 printf '%s\n' <<<"${REMOTE_SHELL:-ssh}")
[[ -z ${REMOTE_SHELL_SAYS:-} ]] || exec 2> >(exec tee -a -- "$REMOTE_SHELL_SAYS" >&2)
exec "${words[@]}" "$@"
