# shellcheck shell=bash
# Care of the repositories: what backup.sh does to them besides the nightly archive.

# How many files of the newest archive a check reads.
readonly repository_sample_files=50

# repository_verify yes|no: has Borg check each repository and this project's archives; with `yes` it reads all data again.
repository_verify() {
  borg_each repository_verify_one "$1"
  borg_select_first
  repository_sample
}

# repository_verify_one INDEX yes|no
repository_verify_one() {
  local -a options=()
  [[ $2 == no ]] || options=(--verify-data)
  log_info "Checking $BORG_REPO"
  borg_run /dev/null check "${options[@]}"
}

# repository_sample: reads some random files of the newest archive, from the repository to their plain bytes.
repository_sample() {
  local newest
  local -a paths
  borg_list "${run_dir:?}/archives-0.json" || return $?
  newest=$(borg_own_names "${run_dir:?}/archives-0.json" | tail -n 1)
  [[ -n $newest ]] || return 0
  borg_run "${run_dir:?}/paths" list --format '{type}pp:{path}{NUL}' "::$newest" || return $?
  # `-` is a file; `pp:` has Borg take the rest literally.
  mapfile -d '' -t paths < <(grep --null-data '^-' "$run_dir/paths" | shuf --zero-terminated --head-count="$repository_sample_files" | cut -z -c 2-)
  borg_run /dev/null extract --dry-run "::$newest" "${paths[@]}" || return $?
  log_info "Read ${#paths[@]} random files of $newest"
}

# repository_prune_plan: shows what retention would delete now.
repository_prune_plan() {
  borg_find
  borg_select_first
  borg_list "${run_dir:?}/archives-0.json"
  answer_of report.ts prune-plan --archive-list "$run_dir/archives-0.json"
}

# repository_key_export FILE: writes each repository's key, without which (and the passphrase) no archive can be read. A
# repository that does not exist yet is created for it.
repository_key_export() {
  borg_find
  borg_each borg_open
  local -a exported=()
  borg_each repository_key_export_one "$(readlink -m -- "$1")"
  answer_done "$(printf '%s\n' "${exported[@]}" 'Keep it, and the passphrase, somewhere that the loss of this machine does not reach.')"
}

# repository_key_export_one INDEX FILE: of several repositories the second's file is FILE.2, and so on.
repository_key_export_one() {
  local file=$2
  (($1 == 0)) || file+=.$(($1 + 1))
  if [[ -e $file ]]; then
    error_raise 1 KEY_FILE_EXISTS "The file $file exists, and a key is not written over anything." 'Name another file.'
    return $?
  fi
  borg_run "${run_dir:?}/key" key export :: "$file" || return $?
  exported+=("The key of $BORG_REPO is in $file.")
}

# repository_passphrase_change: asks for a new passphrase, twice, and changes it; the env file is the operator's to change.
repository_passphrase_change() {
  local new again
  if [[ ! -t 0 ]]; then
    error_raise 2 NO_TERMINAL 'A new passphrase is asked for at a terminal, and there is none.' 'Run this command in a terminal.'
    return $?
  fi
  # A passphrase may begin or end with a space.
  IFS= read -rsp 'New passphrase: ' new && printf '\n' >&2
  IFS= read -rsp 'Once more: ' again && printf '\n' >&2
  if [[ $new != "$again" || ${#new} -lt 12 ]]; then
    error_raise 2 PASSPHRASE_REFUSED 'The two are not the same, or shorter than 12 characters.' 'Nothing was changed; try again.'
    return $?
  fi
  borg_find
  BORG_NEW_PASSPHRASE=$new borg_each repository_passphrase_change_one
  answer_done "Changed. Put the new passphrase into $ENV_FILE now (BORG_PASSPHRASE), then run: backup.sh --check"
}

# repository_passphrase_change_one INDEX
repository_passphrase_change_one() {
  borg_run /dev/null key change-passphrase
}
