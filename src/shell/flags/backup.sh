# shellcheck shell=bash
# Made by `npm run generate` from src/flags/backup.ts: the flags of backup.sh, for src/shell/arguments.sh.

# flags_begin: everything as it is without any flag.
# shellcheck disable=SC2034 # the script's
flags_begin() {
  flags_command=backup verb=backup verb_flag=
  verb_beside=
  flags_given=()
  flag_env_file=
  flag_project=
  flag_all=no
  flag_only=()
  flag_skip=()
  flag_type=
  flag_schema=()
  flag_exclude_table=()
  flag_bucket=()
  flag_prefix=()
  flag_object=()
  flag_accept_shrink=no
  flag_data=no
  flag_key_export=
  flag_adopt=
  flag_delete=
  flag_pin=
  flag_reason=
  flag_unpin=
  flag_repository=
  flag_json=no
  flag_events=
  flag_quiet=no
  flag_verbose=no
  config_flags=()
  part_flags=()
  object_flags=()
  worker_flags=()
  borg_arguments=()
  passed_on=()
}

# flags_know FLAG: sets the caller's `flag` to its long form, and `takes` to none, one, two (values, the second being optional) or
# rest; returns 1 when there is no such flag.
# shellcheck disable=SC2034 # the caller's
flags_know() {
  case $1 in
  -e | --env-file) flag=--env-file takes=one ;;
  -p | --project) flag=--project takes=one ;;
  --all) flag=$1 takes=none ;;
  --only) flag=$1 takes=one ;;
  --skip) flag=$1 takes=one ;;
  --type) flag=$1 takes=one ;;
  --schema) flag=$1 takes=one ;;
  --exclude-table) flag=$1 takes=one ;;
  --bucket) flag=$1 takes=one ;;
  --prefix) flag=$1 takes=one ;;
  --object) flag=$1 takes=one ;;
  --accept-shrink) flag=$1 takes=none ;;
  --check) flag=$1 takes=none ;;
  --dry-run) flag=$1 takes=none ;;
  --estimate) flag=$1 takes=none ;;
  --config) flag=$1 takes=none ;;
  --coverage) flag=$1 takes=none ;;
  --status) flag=$1 takes=none ;;
  --prune-plan) flag=$1 takes=none ;;
  --verify-repo) flag=$1 takes=none ;;
  --data) flag=$1 takes=none ;;
  --key-export) flag=$1 takes=one ;;
  --adopt) flag=$1 takes=one ;;
  --passphrase-change) flag=$1 takes=none ;;
  --prune) flag=$1 takes=none ;;
  --compact) flag=$1 takes=none ;;
  --delete) flag=$1 takes=one ;;
  --pin) flag=$1 takes=one ;;
  --reason) flag=$1 takes=one ;;
  --unpin) flag=$1 takes=one ;;
  --break-lock) flag=$1 takes=none ;;
  --accept-moved) flag=$1 takes=none ;;
  --accept-older) flag=$1 takes=none ;;
  --repository) flag=$1 takes=one ;;
  --json) flag=$1 takes=none ;;
  --events) flag=$1 takes=one ;;
  -q | --quiet) flag=--quiet takes=none ;;
  -v | --verbose) flag=--verbose takes=none ;;
  -h | --help) flag=--help takes=none ;;
  --version) flag=$1 takes=none ;;
  borg) flag=$1 takes=rest ;;
  *) return 1 ;;
  esac
}

# flags_set FLAG [VALUE]...: FLAG is of the long form.
# shellcheck disable=SC2034 # the script's
flags_set() {
  case $1 in
  --env-file | --project | --all) ;;
  *) passed_on+=("$@") ;;
  esac
  case $1 in
  --env-file) flag_env_file=$2 config_flags+=("$1=$2") ;;
  --project) flag_project=$2 config_flags+=("$1=$2") ;;
  --all) flag_all=yes ;;
  --only) flag_only+=("$2") ;;
  --skip) flag_skip+=("$2") ;;
  --type) flag_type=$2 part_flags+=("$1=$2") ;;
  --schema) flag_schema+=("$2") part_flags+=("$1=$2") ;;
  --exclude-table) flag_exclude_table+=("$2") part_flags+=("$1=$2") ;;
  --bucket) flag_bucket+=("$2") object_flags+=("$1=$2") ;;
  --prefix) flag_prefix+=("$2") object_flags+=("$1=$2") ;;
  --object) flag_object+=("$2") object_flags+=("$1=$2") ;;
  --accept-shrink) flag_accept_shrink=yes worker_flags+=("$1") ;;
  --check) arguments_choose_verb "$1" ;;
  --dry-run) arguments_choose_verb "$1" ;;
  --estimate) arguments_choose_verb "$1" ;;
  --config) arguments_choose_verb "$1" ;;
  --coverage) arguments_choose_verb "$1" ;;
  --status) arguments_choose_verb "$1" ;;
  --prune-plan) arguments_choose_verb "$1" ;;
  --verify-repo) arguments_choose_verb "$1" ;;
  --data) flag_data=yes ;;
  --key-export) arguments_choose_verb "$1" && flag_key_export=$2 ;;
  --adopt) arguments_choose_verb "$1" && flag_adopt=$2 ;;
  --passphrase-change) arguments_choose_verb "$1" ;;
  --prune) arguments_choose_verb "$1" ;;
  --compact) arguments_choose_verb "$1" ;;
  --delete) arguments_choose_verb "$1" && flag_delete=$2 ;;
  --pin) arguments_choose_verb "$1" && flag_pin=$2 ;;
  --reason) flag_reason=$2 ;;
  --unpin) arguments_choose_verb "$1" && flag_unpin=$2 ;;
  --break-lock) arguments_choose_verb "$1" ;;
  --accept-moved) arguments_choose_verb "$1" ;;
  --accept-older) arguments_choose_verb "$1" ;;
  --repository) flag_repository=$2 ;;
  --json) flag_json=yes ;;
  --events) flag_events=$2 ;;
  --quiet) flag_quiet=yes && export LOG_TERMINAL_LEVEL=warn ;;
  --verbose) flag_verbose=yes && export LOG_LEVEL=debug ;;
  --help) arguments_print_usage && exit ;;
  --version) arguments_print_version && exit ;;
  borg) arguments_choose_verb "$1" && borg_arguments=("${@:2}") ;;
  esac
}

# flags_check: what does not go together.
flags_check() {
  arguments_go_with --type 'a backup, and --dry-run' backup dry-run || return $?
  arguments_go_with --schema 'a backup, and --dry-run' backup dry-run || return $?
  arguments_go_with --exclude-table 'a backup, and --dry-run' backup dry-run || return $?
  arguments_go_with --data '--verify-repo' verify-repo || return $?
  arguments_go_with --reason '--pin' pin || return $?
  arguments_go_with --repository '--prune, --compact, --delete, --pin, --unpin, --break-lock, --accept-moved, --accept-older and borg' prune compact delete pin unpin break-lock accept-moved accept-older borg || return $?
  arguments_go_with --events 'a backup, or --verify-repo' backup verify-repo || return $?
  return 0
}
