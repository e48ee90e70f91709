#!/usr/bin/env bash
# Restores a Supabase project from a backup, or proves that it could be: see `restore.sh --help`.
set -Eeuo pipefail
shopt -s inherit_errexit
umask 077
export LC_ALL=C
# Then Bash, Node, Borg and ssh all take that of the account.
[[ ${HOME:-} == /* ]] || unset HOME

root=$(cd -P "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
# shellcheck source=src/shell/all.sh
source "$root/src/shell/all.sh"
# The flags: --archive is in `flag_archive`, and so on; what says what is done, --test, in `verb`.
# shellcheck source=src/shell/flags/restore.sh
source "$root/src/shell/flags/restore.sh"

# What of the backup the command is about; all of it without any: --components, --bucket, --prefix and --object.
wanted=()

# restore_want_chosen: notes the components that were named, for the worker and for what is extracted.
restore_want_chosen() {
  ! components_are_chosen || wanted+=("--components=$(components_list)")
}

# restore_configure: exports the project's settings; without an archive involved no repository is needed.
restore_configure() {
  local need=repository
  # Neither the backup is in the repository, nor is the target's own to go there.
  [[ $archive != Local && $archive != Extract ]] || [[ $verb == restore && $flag_no_safety_backup == no ]] || need=none
  config_load "${config_flags[@]}" --need "$need"
}

# The drill: never from Local unless asked.
restore_drill() {
  restore_configure
  restore_want_chosen
  restore_confirm_drill
  lock_acquire
  run_begin drill
  # Of one that ends before its worker can tell it, the report says by this whether it was of a part.
  ((${#wanted[@]} + ${#worker_flags[@]} == 0)) || printf '%s\0' "${wanted[@]}" "${worker_flags[@]}" >"$run_dir/asked"
  run_step source source_choose "${archive:-latest}"
  run_made "$source_name"
  run_step before-restore hooks_run before-restore
  run_step generation source_provide "${wanted[@]}"
  run_step drill worker_run restore.ts drill --generation "$source_generation" "${wanted[@]}" \
    --run-id "$RUN_ID" "${worker_flags[@]}"
  run_step after-restore hooks_run after-restore
  ! source_is_archive || extract_remove
}

# A test project is emptied by the drill; its own disposable database is nobody's loss.
restore_confirm_drill() {
  local target=${TEST_SUPABASE_PROJECT_REF:-${TEST_SUPABASE_DB_URL:+the database of TEST_SUPABASE_DB_URL}} reply
  [[ -n $target && $flag_yes == no ]] || return 0
  if [[ ! -t 0 ]]; then
    error_raise 2 NO_TERMINAL "The drill replaces everything in $target, and there is no terminal to ask on." 'Say --test -y.'
    return $?
  fi
  read -rp "The drill replaces everything in $target. Go on? [y/N] " reply
  [[ $reply == y || $reply == yes ]] || exit 130
}

# restore_over_target FUNCTION [ARGUMENT]: see src/shell/target.sh.
restore_over_target() {
  restore_configure
  "$@"
}

restore_list() {
  restore_configure
  run_scratch
  borg_find
  borg_select_first
  borg_list "$run_dir/archives.json"
  archive_note_names "$run_dir/archives.json"
  pins_read_reasons "$run_dir/archives.json"
  answer_of sources.ts --archive-list "$run_dir/archives.json"
}

# Checks a generation, or an archive after extracting it, against its manifest.
restore_verify() {
  local status=0
  restore_configure
  restore_want_chosen
  restore_provide "${wanted[@]}"
  worker_run restore.ts verify --generation "$source_generation" "${wanted[@]}" || status=$?
  [[ $output_json == no ]] || answer_document "$(<"$run_dir/worker.json")"
  return "$status"
}

# restore_to_directory DIRECTORY: objects as plain files.
restore_to_directory() {
  restore_configure
  extract_open_directory "$1"
  restore_provide "--components=$COMPONENTS_TO_DIR" "${wanted[@]}"
  worker_print restore.ts to-dir --generation "$source_generation" --directory "$1" "${wanted[@]}" "${worker_flags[@]}"
}

# restore_export DIRECTORY: a backup as files for people and other programs.
restore_export() {
  restore_configure
  restore_want_chosen
  extract_open_directory "$1"
  restore_provide "${wanted[@]}"
  worker_print restore.ts export --generation "$source_generation" --source "$source_name" --directory "$1" \
    "${wanted[@]}" "${worker_flags[@]}"
}

# restore_from_json FILE: its rows into one table; no backup is involved.
restore_from_json() {
  archive=Local
  restore_configure
  target_load "$1"
}

# restore_provide [FLAG=VALUE]...: what these say of the backup on disk, for what needs no target.
restore_provide() {
  lock_acquire
  run_scratch
  source_choose "${archive:-latest}"
  source_provide "$@"
}

# restore_take_out FUNCTION DIRECTORY: for what only reads the backup.
restore_take_out() {
  restore_configure
  run_scratch
  source_choose "${archive:-latest}"
  "$1" "$2"
}

# restore_path PATH: prints it made absolute, as the work is done from other directories.
restore_path() {
  readlink -m -- "$1"
}

answer_begin "$@"
arguments_parse "$@"
command_begin "${config_flags[@]}"
components_choose only "${flag_only[@]}"
archive=$flag_archive wanted=("${object_flags[@]}")
# Without a backup, --arm is about what was restored before.
[[ $verb != restore || $flag_arm == no || -n $archive ]] || verb=arm
! arguments_given --events || events_take "$flag_events"
worker_require
case $flag_all:$verb in
yes:test) projects_each "$root/restore.sh" "${passed_on[@]}" ;;
*:test) restore_drill ;;
*:restore | *:rollback) restore_over_target target_restore ;;
*:arm | *:resume) restore_over_target target_continue "$verb" ;;
*:preview) restore_over_target target_preview ;;
*:to-dir) restore_to_directory "$(restore_path "$flag_to_dir")" ;;
*:export) restore_export "$(restore_path "$flag_export")" ;;
*:from-json) restore_from_json "$(restore_path "$flag_from_json")" ;;
*:list) restore_list ;;
*:contents) contents_show "${archive:-latest}" ;;
*:verify) restore_verify ;;
*:left-out) diff_list_left_out "${archive:-latest}" ;;
*:diff) diff_run "${flag_diff[@]}" ;;
*:extract) restore_take_out extract_to "$(restore_path "$flag_extract")" ;;
*:mount) restore_take_out extract_mount "$(restore_path "$flag_mount")" ;;
esac
