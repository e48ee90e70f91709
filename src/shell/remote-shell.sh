#!/usr/bin/env bash
# What Borg starts in ssh's place: $REMOTE_SHELL (BORG_RSH in the env file) with the same arguments. What it says is kept in the file
# $REMOTE_SHELL_SAYS as well: Borg often loses the last words of a connection, which say why it failed.
set -euo pipefail

mapfile -t words < <(xargs -n 1 printf '%s\n' <<<"${REMOTE_SHELL:-ssh}")
[[ -n ${REMOTE_SHELL_SAYS:-} ]] || exec "${words[@]}" "$@"
status=0
exec {says}> >(exec tee -a -- "$REMOTE_SHELL_SAYS" >&2)
tee=$!
"${words[@]}" "$@" 2>&"$says" {says}>&- || status=$?
exec {says}>&-
# Borg takes the connection for closed when this script ends: by then the last words are written. A connection that ssh keeps for
# others (ControlPersist) never closes its end.
for ((waited = 0; waited < 20; waited++)); do
  kill -0 "$tee" 2>/dev/null || break
  sleep 0.1
done
exit "$status"
