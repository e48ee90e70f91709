# shellcheck shell=bash
# Made by `npm run generate` from src/flags/install.ts: the flags of install.sh, for src/shell/arguments.sh.

# flags_begin: everything as it is without any flag.
# shellcheck disable=SC2034 # the script's
flags_begin() {
  flags_command=install verb=install verb_flag=
  verb_beside=
  flags_given=()
  flag_copy_to=
  flag_project=
  flag_user=no
  flag_system=no
  flag_configure=no
  flag_enable=no
  flag_dashboard=no
  flag_purge=no
  flag_dry_run=no
  flag_yes=no
}

# flags_know FLAG: sets the caller's `flag` to its long form, and `takes` to none, one, two (values, the second being optional) or
# rest; returns 1 when there is no such flag.
# shellcheck disable=SC2034 # the caller's
flags_know() {
  case $1 in
  --copy-to) flag=$1 takes=one ;;
  -p | --project) flag=--project takes=one ;;
  --user) flag=$1 takes=none ;;
  --system) flag=$1 takes=none ;;
  --configure) flag=$1 takes=none ;;
  --enable) flag=$1 takes=none ;;
  --dashboard) flag=$1 takes=none ;;
  --deps) flag=$1 takes=none ;;
  --uninstall) flag=$1 takes=none ;;
  --purge) flag=$1 takes=none ;;
  --dry-run) flag=$1 takes=none ;;
  -y | --yes) flag=--yes takes=none ;;
  -h | --help) flag=--help takes=none ;;
  --version) flag=$1 takes=none ;;
  *) return 1 ;;
  esac
}

# flags_set FLAG [VALUE]...: FLAG is of the long form.
# shellcheck disable=SC2034 # the script's
flags_set() {
  case $1 in
  --copy-to) flag_copy_to=$2 ;;
  --project) flag_project=$2 ;;
  --user) flag_user=yes ;;
  --system) flag_system=yes ;;
  --configure) flag_configure=yes ;;
  --enable) flag_enable=yes ;;
  --dashboard) flag_dashboard=yes ;;
  --deps) arguments_choose_verb "$1" ;;
  --uninstall) arguments_choose_verb "$1" ;;
  --purge) flag_purge=yes ;;
  --dry-run) flag_dry_run=yes ;;
  --yes) flag_yes=yes ;;
  --help) arguments_print_usage && exit ;;
  --version) arguments_print_version && exit ;;
  esac
}

# flags_check: what does not go together.
flags_check() {
  arguments_exclude --user --system || return $?
  arguments_go_with --purge '--uninstall' uninstall || return $?
  return 0
}
