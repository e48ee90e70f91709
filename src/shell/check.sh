# shellcheck shell=bash
# `--check`: one line a condition, OK, WARN or FAIL, with the remedy. Nothing is changed.

check_failures=0
# Status, subject, text, remedy and facts (JSON) of each line, for --json.
check_fields=()

# check_run CONFIG_FLAG...: checks what a run needs, and returns 1 when something fails.
check_run() {
  run_scratch
  error_keep_quiet
  if check_configuration "$@"; then
    check_condition lock 'no other run is under way' lock_acquire || true
    check_condition 'local backup' "$LOCAL_BACKUP_DIR" check_place || true
    ! check_condition borg "$(borg --version 2>/dev/null || true)" borg_find || check_repositories
    check_project
  fi
  [[ ${output_json:?} == no ]] || check_print_json || return $?
  ((check_failures == 0))
}

# check_line STATUS SUBJECT TEXT [REMEDY [FACTS]]
check_line() {
  [[ $1 != FAIL ]] || check_failures=$((check_failures + 1))
  if [[ ${output_json:?} == yes ]]; then
    check_fields+=("$1" "$2" "$3" "${4:-}" "${5:-}")
  else
    local line
    printf -v line '%-4s  %-16s  %s%s' "$1" "$2" "$3" "${4:+ — $4}"
    terminal_say "$line"
  fi
}

# check_condition SUBJECT TEXT FUNCTION [ARGUMENT...]: OK with the text, or FAIL with the error that the function raised, which counts
# for the exit code; returns 1 then, for what cannot be looked at without it.
check_condition() {
  local status=0
  "${@:3}" || status=$?
  if ((status == 0)); then check_line OK "$1" "$2"; else check_failed "$1"; fi
  return "$status"
}

# check_failed SUBJECT: FAIL with the error that was raised.
check_failed() {
  check_line FAIL "$1" "$(error_text)" "$(error_remedy)"
  error_forget
}

check_configuration() {
  if config_load "$@"; then
    check_line OK configuration "$ENV_FILE"
    [[ -z ${SECRET_SOURCES:-} ]] || check_line OK secrets "$SECRET_SOURCES"
    return $?
  fi
  check_failed configuration
  return 1
}

check_place() {
  generation_check_place && preflight_space
}

# check_repositories: lists each; one that does not exist yet is made by the first run.
check_repositories() {
  local status list=${run_dir:?}/archives.json
  for BORG_REPO in "${borg_repositories[@]:?}"; do
    export BORG_REPO
    status=0
    borg_try_list "$list" || status=$?
    if ((status != 0)) && ! borg_was_used && borg_is_to_come "$(borg_reason "$status")"; then
      check_line WARN repository "$BORG_REPO does not exist yet." 'The first run creates it.'
    elif ((status != 0)); then
      borg_explain "$status" || check_failed repository
    else
      check_condition repository "$BORG_REPO, archives of this project: $(borg_own_names "$list" | wc -l)" \
        check_repository "$list" || true
    fi
  done
}

# check_repository LIST: whether a backup would go into it.
check_repository() {
  borg_refuse_unencrypted "$1" && check_archives
}

# check_archives: whether Borg believes every archive, be it another project's: a backup reads them all when its cache is new.
check_archives() {
  borg_run "${run_dir:?}/archives-read" list --consider-checkpoints --format '{name}{comment}{NL}'
}

# check_project: the database and the Storage API, as far as they are backed up.
check_project() {
  local conditions=${run_dir:?}/conditions status=0 subject text facts remedy
  worker_call preflight.ts --components "$(components_list)" --unconfigured "$(components_unconfigured_list)" >"$conditions" || status=$?
  # Whatever it finds it ends with 0; what it found before it died is worth a line too.
  ((status == 0)) || worker_raise_death preflight.ts "$status" || check_failed project
  while IFS=$'\t' read -r status subject text facts remedy; do
    check_line "$status" "$subject" "$text" "$remedy" "$facts"
  done <"$conditions"
}

check_print_json() {
  local document
  document=$(printf '%s\0' "${check_fields[@]}" | worker_call answer.ts check) || return $?
  answer_document "$document"
}
