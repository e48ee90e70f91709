# shellcheck shell=bash
# `--all`: every configured project in turn, each as a run of its own.

# projects_each COMMAND...: runs the command with `--env-file FILE` for every project; prints how each went, and returns the
# worst exit code.
projects_each() {
  local file status worst=0
  local -a files summary=()
  mapfile -t files < <(worker_call config.ts projects)
  if ((${#files[@]} == 0)); then
    error_raise 78 NO_PROJECTS 'No project is configured.' "Run ${root:?}/install.sh --configure, or copy .env.example to ~/.config/supabase-backup/NAME.env."
    return
  fi
  for file in "${files[@]}"; do
    status=0
    child_run "$@" --env-file "$file" || status=$?
    summary+=("$(printf '%-24s exit code %d' "$(basename "$file" .env)" "$status")")
    (($(projects_gravity "$status") <= $(projects_gravity "$worst"))) || worst=$status
    # Interrupted: the others are not begun.
    ((status != 130 && status != 143)) || break
  done
  printf '%s\n' "${summary[@]}" >&2
  return "$worst"
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
