# shellcheck shell=bash
# `--all`: every configured project in turn, each as a run of its own.

# projects_each COMMAND ARGUMENT...: runs the command with `--env-file FILE` for every project; prints how each went, and returns the
# worst exit code.
projects_each() {
  local file status worst=0 document
  local -a files summary=() documents=()
  if [[ -n ${RUN_ID:-} && -z ${HOOK_EVENT:-} ]]; then
    error_raise 2 RUN_ID_INVALID 'RUN_ID names one run, and --all makes one of each project.' 'Unset RUN_ID.'
    return $?
  fi
  run_scratch
  worker_call config.ts projects >"${run_dir:?}/projects" || return $?
  mapfile -t files <"$run_dir/projects"
  if ((${#files[@]} == 0)); then
    error_raise 78 NO_PROJECTS 'No project is configured.' "Run ${root:?}/install.sh --project NAME --configure, or copy .env.example to ~/.config/supabase-backup/NAME.env."
    return $?
  fi
  for file in "${files[@]}"; do
    status=0
    projects_one "$file" "$@" || status=$?
    summary+=("$(printf '%-24s exit code %d' "$(basename "$file" .env)" "$status")")
    (($(projects_gravity "$status") <= $(projects_gravity "$worst"))) || worst=$status
    # Interrupted: the others are not begun.
    ((status != 130 && status != 143)) || break
  done
  printf '%s\n' "${summary[@]}" >&2
  if [[ ${output_json:?} == yes ]]; then
    document=$(worker_call answer.ts documents "${documents[@]}") || return $?
    answer_document "$document"
  fi
  return "$worst"
}

# projects_one FILE COMMAND ARGUMENT...: with --json its exit code and the file with its document go into `documents` of the caller.
projects_one() {
  local status=0 document=${run_dir:?}/document-${#documents[@]}
  if [[ $output_json == no ]]; then
    child_start projects_detach "$2" --env-file "$1" "${@:3}"
    return $?
  fi
  child_start projects_detach "$2" --env-file "$1" "${@:3}" >"$document" || status=$?
  documents+=("$status" "$document")
  return "$status"
}

# projects_detach: in a subshell, lets go of what a project's run has of its own; the file descriptor of --events it takes over.
projects_detach() {
  lock_leave
  log_leave
  answer_leave
}

# projects_gravity EXIT: prints how bad it is: success, degraded, busy, configuration, failure, interruption.
projects_gravity() {
  case $1 in
  0) printf 0 ;;
  3) printf 1 ;;
  75) printf 2 ;;
  78) printf 3 ;;
  130 | 143) printf 5 ;;
  *) printf 4 ;;
  esac
}
