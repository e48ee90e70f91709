# shellcheck shell=bash
# Borg commands on the repository in $BORG_REPO. Any exit code but 0 is a failure here: what is archived does not change
# while Borg reads it, so even its warnings mean that something is wrong. Locks are never broken, questions never answered.

borg_repositories=()

# What may stand behind the time in an archive's name: of a partial backup which part it is, of a degraded one that it is.
# shellcheck disable=SC2034 # for other files
readonly borg_any_suffix='(-(part|schema|data|roles)(-[0-9a-f]{8})?)?(-degraded)?'

# borg_find: fills borg_repositories, or returns 78 when there is no Borg.
borg_find() {
  local -a addresses
  addresses_list "${BORG_REPOS:-}" "${BORG_REPO:-}"
  borg_repositories=("${addresses[@]}")
  [[ -z $(type -P borg) ]] || return 0
  error_raise 78 BORG_MISSING 'The program borg is not installed, or not on PATH.' \
    "Run ${root:?}/install.sh --deps, or install the package borgbackup (1.2 or newer)."
}

# borg_call OUTPUT ARGUMENT...: one Borg command, its stdout in the file OUTPUT.
borg_call() {
  local output=$1 status=0 words filter=''
  local -a options=(--lock-wait "$BORG_LOCK_WAIT")
  ((BORG_UPLOAD_LIMIT == 0)) || options+=(--upload-ratelimit "$BORG_UPLOAD_LIMIT")
  : >"${run_dir:?}/remote-shell-says"
  : >"$run_dir/borg-stderr"
  if borg_shows_progress "$2"; then
    options+=(--progress)
    exec {words}> >(borg_progress_filter "$2" "$run_dir/borg-stderr")
    filter=$!
  else
    exec {words}>"$run_dir/borg-stderr"
  fi
  REMOTE_SHELL_SAYS=$run_dir/remote-shell-says child_limited borg "${@:2:1}" "${options[@]}" "${@:3}" >"$output" 2>&"$words" {words}>&- || status=$?
  exec {words}>&-
  # What it shows is for people alone: whether Borg did its work is for Borg to say.
  [[ -z $filter ]] || wait "$filter" || true
  if ((status != 0)); then
    borg_add_remote_words
    return "$status"
  fi
  log_file DEBUG "${run_dir:?}/borg-stderr"
}

# borg_add_remote_words: puts before what Borg said what ssh did and Borg has lost.
borg_add_remote_words() {
  local said=${run_dir:?}/remote-shell-says
  [[ -s $said ]] || return 0
  streams_grep -v '^[$]LOG' "$said" | sed 's/^/Remote: /' | streams_grep -vxFf "$run_dir/borg-stderr" >"$said.lost"
  cat -- "$run_dir/borg-stderr" >>"$said.lost"
  mv -f -- "$said.lost" "$run_dir/borg-stderr"
}

# borg_run OUTPUT ARGUMENT...: the same, with a failure raised as an error that says what it means.
borg_run() {
  local status=0
  borg_call "$@" || status=$?
  ((status == 0)) || borg_explain "$status"
}

# borg_each FUNCTION ARGUMENT...: calls FUNCTION INDEX ARGUMENT... for each repository. Where there are several, one that fails
# is left out from then on, and the run says so; when none is left, or the only one fails, the run does.
borg_each() {
  local index status
  for index in "${!borg_repositories[@]}"; do
    export BORG_REPO=${borg_repositories[index]}
    status=0
    "$1" "$index" "${@:2}" || status=$?
    ((status != 0)) || continue
    ((${#borg_repositories[@]} > 1)) || return "$status"
    unset "borg_repositories[index]"
    run_finding degraded repository-failed "The repository $BORG_REPO failed and is left out of this run: $(error_text) $(error_remedy)"
    error_forget
  done
}

# borg_names LIST: prints the names in the output of `borg list --json`, which json_read has read, oldest first.
borg_names() {
  sed -n 's/^archive [^ ]* [^ ]* //p' "$1.facts"
}

# borg_own_names LIST [SUFFIX_PATTERN]: of them those of this project, which the suffix (default: that of full backups) ends. The
# project's name is compared as it is, and what follows it must be a time: so no name is of two projects.
borg_own_names() {
  local name digits='[0-9]{2}' foreign=/dev/null
  local pattern="^[0-9]{4}-$digits-${digits}_$digits-$digits-$digits${2:-(-degraded)?}\$"
  [[ ! -s $1.foreign ]] || foreign=$1.foreign
  while IFS= read -r name; do
    [[ $name == "$PROJECT_NAME"-* && ${name#"$PROJECT_NAME"-} =~ $pattern ]] || continue
    printf '%s\n' "$name"
  done < <(borg_names "$1") | streams_grep -vxFf "$foreign"
}

# borg_select_first: for commands that read: of several repositories the first that is in use.
borg_select_first() {
  local -a in_use=("${borg_repositories[@]}")
  export BORG_REPO=${in_use[0]}
}

# borg_first_list: prints where borg_open put that repository's list of archives.
borg_first_list() {
  local -a in_use=("${!borg_repositories[@]}")
  printf '%s/archives-%s.json' "${run_dir:?}" "${in_use[0]:-0}"
}

# borg_keep_first: the others are left out of this run.
borg_keep_first() {
  borg_select_first
  borg_repositories=("$BORG_REPO")
}

# borg_try_list OUTPUT: lists the repository's archives, and finds out which are another project's; or returns Borg's exit code.
borg_try_list() {
  borg_call "$1" list --consider-checkpoints --json && json_read "$1" && owner_learn "$1"
}

# borg_list OUTPUT: lists the archives of a repository that must exist.
borg_list() {
  local status=0
  borg_try_list "$1" || status=$?
  ((status == 0)) || borg_explain "$status"
}

# borg_open INDEX: lists the repository's archives into archives-INDEX.json; a repository that does not exist is created.
borg_open() {
  local list=${run_dir:?}/archives-$1.json status=0
  borg_try_list "$list" || status=$?
  if ((status != 0)); then
    borg_is_to_come "$(borg_reason "$status")" || borg_explain "$status" || return $?
    borg_create_repository || return $?
    borg_list "$list" || return $?
  fi
  borg_refuse_unencrypted "$list" || return $?
  borg_was_used || borg_note_use
}

# borg_refuse_unencrypted LIST: archives go into a repository in clear only where that was asked for.
borg_refuse_unencrypted() {
  [[ $BORG_ENCRYPTION != none && $(json_facts encryption "$1") == none ]] || return 0
  error_raise 78 BORG_REPO_UNENCRYPTED "The Borg repository $BORG_REPO is not encrypted." \
    'Name another repository, or set BORG_ENCRYPTION=none if archives in clear are what you want.'
}

# borg_archive INDEX DIRECTORY NAME: archives a directory. Borg remembers files by their absolute paths, so it must be the
# same one every night; from inside, so that the paths in the archive are relative. A new hard link changes a file's ctime,
# which is therefore no sign of a change, and not kept.
borg_archive() {
  local status=0
  cd -- "$2" || return $?
  borg_run "${run_dir:?}/created-$1.json" create --json --compression "$BORG_COMPRESSION" \
    --chunker-params "${chunker_parameters:?}" --files-cache=mtime,size,inode --noctime --noacls --noxattrs --noflags \
    --numeric-ids --comment "${owner_comment:?}$(owner_id)" --exclude "pp:${ours_file:?}" "::$3" . || status=$?
  cd /
  ((status != 0)) || owner_note_created "$run_dir/created-$1.json"
  return "$status"
}

# borg_delete INDEX NAME...: deletes exactly these archives, then frees their space.
borg_delete() {
  borg_run /dev/null delete :: "${@:2}" || return $?
  borg_run /dev/null compact --verbose || return $?
  # Where a server only appends, both commands succeed, and Borg says nothing of freed space.
  grep -q 'compaction freed' "${run_dir:?}/borg-stderr" ||
    run_finding note append-only "The repository $BORG_REPO is append-only: deleted archives free no space until its administrator compacts it."
}
