#!/usr/bin/env bash
# Tells the operator what no run can tell. Started by systemd only:
#
#     alert.sh failed UNIT        a unit failed, e.g. supabase-backup-drill@shop, perhaps without a word of its own
#     alert.sh overdue PROJECT    says so when a backup or drill of the project is older than its limit
set -Eeuo pipefail
shopt -s inherit_errexit
umask 077
export LC_ALL=C

root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=src/shell/all.sh
source "$root/src/shell/all.sh"

# alert_kind UNIT: prints what its run is called in reports.
alert_kind() {
  case ${1%%@*} in
  supabase-backup) printf 'backup' ;;
  supabase-backup-drill) printf 'drill' ;;
  supabase-backup-check*) printf 'check' ;;
  *)
    printf 'alert.sh: %s is none of our units.\n' "$1" >&2
    return 2
    ;;
  esac
}

# alert_of PROJECT FLAG...: the alert itself, to everybody the project's configuration names. Where SECRETS_COMMAND fails, which may
# be what the alert is about, those hear of it whom the rest names.
alert_of() {
  command_begin "--project=$1"
  worker_require
  config_load --project "$1" || alert_configure_without_secrets "$1" || return $?
  worker_call report.ts notify "${@:2}"
}

# alert_configure_without_secrets PROJECT: what the project's configuration says where SECRETS_COMMAND is not run, if it was that.
alert_configure_without_secrets() {
  [[ ${error_code:-} == SECRETS_COMMAND_* ]] || return "${error_exit:-1}"
  config_load --project "$1" --reading
}

case ${1-} in
failed)
  kind=$(alert_kind "$2")
  # systemd says how it ended, from version 251 on; a signal or a timeout leaves no exit code of the script's.
  code=1
  [[ ${MONITOR_EXIT_CODE:-} != exited || ${MONITOR_EXIT_STATUS:-0} == 0 ]] || code=$MONITOR_EXIT_STATUS
  alert_of "${2#*@}" --kind "$kind" --exit-code "$code"
  ;;
overdue) alert_of "$2" --overdue ;;
*)
  printf 'alert.sh: failed UNIT, or overdue PROJECT, not: %s\n' "$*" >&2
  exit 2
  ;;
esac
