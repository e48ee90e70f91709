# shellcheck shell=bash
# Made by `npm run generate` from src/flags/restore.ts: the flags of restore.sh, for src/shell/arguments.sh.

# flags_begin: everything as it is without any flag.
# shellcheck disable=SC2034 # the script's
flags_begin() {
  flags_command=restore verb=restore verb_flag=
  verb_beside=
  flags_given=()
  flag_env_file=
  flag_project=
  flag_all=no
  flag_archive=
  flag_only=()
  flag_target=
  flag_confirm=
  flag_over_source=no
  flag_arm=no
  flag_no_safety_backup=no
  flag_schema=()
  flag_table=()
  flag_data_only=no
  flag_schema_only=no
  flag_into_schema=
  flag_leave_out=()
  flag_batches=no
  flag_bucket=()
  flag_prefix=()
  flag_object=()
  flag_setting=()
  flag_keep_extra=no
  flag_update_users=no
  flag_verify_bytes=
  flag_check_cmd=
  flag_yes=no
  flag_to_dir=
  flag_export=
  flag_format=
  flag_from_json=
  flag_replace=no
  flag_diff=()
  flag_rollback=no
  flag_extract=
  flag_mount=
  flag_json=no
  flag_events=
  flag_quiet=no
  flag_verbose=no
  config_flags=()
  worker_flags=()
  object_flags=()
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
  --archive) flag=$1 takes=one ;;
  --only) flag=$1 takes=one ;;
  --target) flag=$1 takes=one ;;
  --confirm) flag=$1 takes=one ;;
  --over-source) flag=$1 takes=none ;;
  --arm) flag=$1 takes=none ;;
  --no-safety-backup) flag=$1 takes=none ;;
  --schema) flag=$1 takes=one ;;
  --table) flag=$1 takes=one ;;
  --data-only) flag=$1 takes=none ;;
  --schema-only) flag=$1 takes=none ;;
  --into-schema) flag=$1 takes=one ;;
  --leave-out) flag=$1 takes=one ;;
  --batches) flag=$1 takes=none ;;
  --bucket) flag=$1 takes=one ;;
  --prefix) flag=$1 takes=one ;;
  --object) flag=$1 takes=one ;;
  --setting) flag=$1 takes=one ;;
  --keep-extra) flag=$1 takes=none ;;
  --update-users) flag=$1 takes=none ;;
  --verify-bytes) flag=$1 takes=one ;;
  --check-cmd) flag=$1 takes=one ;;
  -y | --yes) flag=--yes takes=none ;;
  --test) flag=$1 takes=none ;;
  --preview) flag=$1 takes=none ;;
  --resume) flag=$1 takes=none ;;
  --to-dir) flag=$1 takes=one ;;
  --export) flag=$1 takes=one ;;
  --format) flag=$1 takes=one ;;
  --from-json) flag=$1 takes=one ;;
  --replace) flag=$1 takes=none ;;
  --diff) flag=$1 takes=two ;;
  --left-out) flag=$1 takes=none ;;
  --contents) flag=$1 takes=none ;;
  --list) flag=$1 takes=none ;;
  --rollback) flag=$1 takes=none ;;
  --verify) flag=$1 takes=none ;;
  --extract) flag=$1 takes=one ;;
  --mount) flag=$1 takes=one ;;
  --json) flag=$1 takes=none ;;
  --events) flag=$1 takes=one ;;
  -q | --quiet) flag=--quiet takes=none ;;
  -v | --verbose) flag=--verbose takes=none ;;
  -h | --help) flag=--help takes=none ;;
  --version) flag=$1 takes=none ;;
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
  --archive) flag_archive=$2 ;;
  --only) flag_only+=("$2") ;;
  --target) flag_target=$2 ;;
  --confirm) flag_confirm=$2 worker_flags+=("$1=$2") ;;
  --over-source) flag_over_source=yes worker_flags+=("$1") ;;
  --arm) flag_arm=yes worker_flags+=("$1") ;;
  --no-safety-backup) flag_no_safety_backup=yes ;;
  --schema) flag_schema+=("$2") flag_only+=(database) worker_flags+=("$1=$2") ;;
  --table) flag_table+=("$2") flag_only+=(database) worker_flags+=("$1=$2") ;;
  --data-only) flag_data_only=yes flag_only+=(database) worker_flags+=("$1") ;;
  --schema-only) flag_schema_only=yes flag_only+=(database) worker_flags+=("$1") ;;
  --into-schema) flag_into_schema=$2 flag_only+=(database) worker_flags+=("$1=$2") ;;
  --leave-out) flag_leave_out+=("$2") worker_flags+=("$1=$2") ;;
  --batches) flag_batches=yes worker_flags+=("$1") ;;
  --bucket) flag_bucket+=("$2") object_flags+=("$1=$2") ;;
  --prefix) flag_prefix+=("$2") object_flags+=("$1=$2") ;;
  --object) flag_object+=("$2") object_flags+=("$1=$2") ;;
  --setting) flag_setting+=("$2") flag_only+=(settings) worker_flags+=("$1=$2") ;;
  --keep-extra) flag_keep_extra=yes worker_flags+=("$1") ;;
  --update-users) flag_update_users=yes worker_flags+=("$1") ;;
  --verify-bytes) flag_verify_bytes=$2 worker_flags+=("$1=$2") ;;
  --check-cmd) flag_check_cmd=$2 worker_flags+=("$1=$2") ;;
  --yes) flag_yes=yes ;;
  --test) arguments_choose_verb "$1" ;;
  --preview) arguments_choose_verb "$1" ;;
  --resume) arguments_choose_verb "$1" ;;
  --to-dir) arguments_choose_verb "$1" && flag_to_dir=$2 ;;
  --export) arguments_choose_verb "$1" && flag_export=$2 ;;
  --format) flag_format=$2 worker_flags+=("$1=$2") ;;
  --from-json) arguments_choose_verb "$1" && flag_from_json=$2 ;;
  --replace) flag_replace=yes worker_flags+=("$1") ;;
  --diff) arguments_choose_verb "$1" && flag_diff=("${@:2}") ;;
  --left-out) arguments_choose_verb "$1" ;;
  --contents) arguments_choose_verb "$1" ;;
  --list) arguments_choose_verb "$1" ;;
  --rollback) arguments_choose_verb "$1" --preview && flag_rollback=yes ;;
  --verify) arguments_choose_verb "$1" ;;
  --extract) arguments_choose_verb "$1" && flag_extract=$2 ;;
  --mount) arguments_choose_verb "$1" && flag_mount=$2 ;;
  --json) flag_json=yes ;;
  --events) flag_events=$2 ;;
  --quiet) flag_quiet=yes && export LOG_TERMINAL_LEVEL=warn ;;
  --verbose) flag_verbose=yes && export LOG_LEVEL=debug ;;
  --help) arguments_print_usage && exit ;;
  --version) arguments_print_version && exit ;;
  esac
}

# flags_check: what does not go together.
flags_check() {
  arguments_go_with --all '--test' test || return $?
  arguments_go_with --target 'a restore, --preview and --from-json' restore rollback resume preview from-json || return $?
  arguments_go_with --confirm 'a restore, --preview and --from-json' restore rollback resume preview from-json || return $?
  arguments_go_with --over-source 'a restore, --preview and --from-json' restore rollback resume preview from-json || return $?
  arguments_go_with --arm 'a restore, --preview and --test' restore rollback resume preview test || return $?
  arguments_go_with --no-safety-backup 'a restore' restore rollback || return $?
  arguments_exclude --schema --test 'which restores the whole database' || return $?
  arguments_exclude --schema --from-json 'which loads rows into one table' || return $?
  arguments_exclude --table --test 'which restores the whole database' || return $?
  arguments_exclude --data-only --test 'which restores the whole database' || return $?
  arguments_exclude --data-only --from-json 'which loads rows into one table' || return $?
  arguments_exclude --schema-only --test 'which restores the whole database' || return $?
  arguments_exclude --schema-only --from-json 'which loads rows into one table' || return $?
  arguments_exclude --into-schema --test 'which restores the whole database' || return $?
  arguments_exclude --into-schema --from-json 'which loads rows into one table' || return $?
  arguments_go_with --leave-out 'a restore, --preview and --test' restore rollback resume preview test || return $?
  arguments_go_with --batches 'a restore, --preview and --test' restore rollback resume preview test || return $?
  arguments_go_with --bucket 'what is about objects of a backup: a restore, --preview, --test, --verify, --to-dir, --export and --contents' restore rollback preview test verify to-dir export contents || return $?
  arguments_go_with --prefix 'what is about objects of a backup: a restore, --preview, --test, --verify, --to-dir, --export and --contents' restore rollback preview test verify to-dir export contents || return $?
  arguments_go_with --object 'what is about objects of a backup: a restore, --preview, --test, --verify, --to-dir, --export and --contents' restore rollback preview test verify to-dir export contents || return $?
  arguments_exclude --setting --test 'which restores all settings' || return $?
  arguments_exclude --setting --from-json 'which loads rows into one table' || return $?
  arguments_go_with --keep-extra 'a restore, --preview and --test' restore rollback resume preview test || return $?
  arguments_go_with --update-users 'a restore, --preview and --test' restore rollback resume preview test || return $?
  arguments_go_with --verify-bytes 'a restore, --preview and --test' restore rollback resume preview test || return $?
  arguments_go_with --check-cmd 'a restore, --preview and --test' restore rollback resume preview test || return $?
  arguments_go_with --format '--export' export || return $?
  arguments_require --from-json --table SCHEMA.NAME || return $?
  arguments_go_with --replace '--from-json' from-json || return $?
  arguments_exclude --rollback --archive 'which names another backup' || return $?
  arguments_go_with --events 'a restore, and --test' restore rollback resume from-json test || return $?
  return 0
}
