# shellcheck shell=bash
# Repositories that are not there yet. `borg init` can be stopped half way, and Borg then refuses what it left; so two lists in
# the state directory say which repositories we began to create, and which we have seen whole.

# borg_was_used: whether this machine has seen the repository whole.
borg_was_used() {
  grep -qxF -- "$BORG_REPO" "$STATE_DIR/repositories" 2>/dev/null
}

# borg_was_begun: whether this machine began to create it.
borg_was_begun() {
  grep -qxF -- "$BORG_REPO" "$STATE_DIR/repositories-begun" 2>/dev/null
}

# borg_note_use: the repository is whole.
borg_note_use() {
  if borg_was_begun && [[ $BORG_ENCRYPTION != none ]]; then
    run_finding manual borg-key "The Borg repository $BORG_REPO is new. Keep its key and its passphrase in another place: backup.sh --key-export FILE."
  fi
  mkdir -p "$STATE_DIR" && printf '%s\n' "$BORG_REPO" >>"$STATE_DIR/repositories"
}

# borg_is_to_come REASON: whether what Borg said of the repository means that it is ours to create.
borg_is_to_come() {
  [[ $1 == missing ]] || { [[ $1 == unfinished ]] && borg_holds_only_beginnings; }
}

# borg_is_unfinished: whether we began to create the repository that Borg refuses, and have never seen it whole.
borg_is_unfinished() {
  borg_was_begun && ! borg_was_used
}

# borg_holds_only_beginnings: whether all that is in the unfinished repository is what `borg init` writes: its segments, an empty
# manifest, have well under 4 KiB. Of one on another machine nobody can tell from here.
borg_holds_only_beginnings() {
  local files='(README|config|nonce|(hints|index|integrity)\.[0-9]+)((-\w+)?\.tmp|\.old)?'
  local locks='lock\.(exclusive|roster)(\.[^/]*)?(/[^/]*)?' segments='data(/[0-9]+){0,2}'
  [[ -d $BORG_REPO ]] || return 1
  [[ -z $(cd -- "$BORG_REPO" && find . -mindepth 1 -regextype posix-extended \
    \( ! -regex "\./($files|$locks|$segments)" -o -path './data/*' -type f -size +4095c \) -print -quit) ]]
}

# borg_unfinished_remedy: prints what the operator has to do about an unfinished repository.
borg_unfinished_remedy() {
  if [[ ! -d $BORG_REPO ]]; then
    printf 'Delete what is there, on that machine, unless somebody else has put it there, and run again.'
  elif borg_holds_only_beginnings; then
    printf 'The next backup creates it anew.'
  else
    printf 'But something else is in that directory now: move what you need elsewhere, empty it, and run again.'
  fi
}

# borg_missing_remedy: prints what the operator has to do about a repository that is not there.
borg_missing_remedy() {
  if borg_was_used; then
    printf 'It was there before: check that its disk is mounted.'
    borg_elsewhere_remedy
  else
    printf 'The first run of backup.sh creates it. If there were backups before: check BORG_REPO, and that its disk is mounted.'
  fi
}

# borg_create_repository: the first run's. A repository that was there before and is not now is a disk that is not mounted.
borg_create_repository() {
  if borg_was_used; then
    error_raise 1 BORG_REPO_GONE "The Borg repository $BORG_REPO, used before, is no longer there." \
      "Check that its disk is mounted. If it is gone for good, delete its line from $STATE_DIR/repositories to start a new one."
    return $?
  fi
  # Asked once more right before anything is deleted; anything else that is there, Borg refuses to build on.
  if [[ -d $BORG_REPO && -n $(ls -A -- "$BORG_REPO") ]] && borg_is_unfinished && borg_holds_only_beginnings; then
    log_warn "An earlier run was stopped while it created the Borg repository $BORG_REPO; it is created anew."
    # Not the directory itself: who made it may have given it rights of its own.
    find -H "$BORG_REPO" -mindepth 1 -delete
  fi
  log_info "Creating the Borg repository $BORG_REPO (encryption: $BORG_ENCRYPTION)"
  mkdir -p "$STATE_DIR"
  borg_was_begun || printf '%s\n' "$BORG_REPO" >>"$STATE_DIR/repositories-begun"
  borg_run /dev/null init --make-parent-dirs --encryption "$BORG_ENCRYPTION"
}

# borg_elsewhere_remedy: prints, where there are several repositories, how another one is read meanwhile.
borg_elsewhere_remedy() {
  local repository
  # shellcheck disable=SC2154 # of borg.sh
  for repository in "${borg_repositories[@]}"; do
    [[ $repository != "$BORG_REPO" ]] || continue
    printf ' To read from another one meanwhile, begin the command with BORG_REPOS=%s' "$(command_quote "$repository")"
    return $?
  done
}
