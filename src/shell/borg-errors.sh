# shellcheck shell=bash
# What Borg's failures mean. Borg 1.4 tells many apart by exit code (BORG_EXIT_CODES=modern); 1.2 only in words.

# borg_reason STATUS: prints a word for the failure whose last words are in $run_dir/borg-stderr.
borg_reason() {
  local words
  words=$(<"${run_dir:?}/borg-stderr")
  case $1:$words in
  124:*) printf timeout ;;
  # A lock that cannot be written for one of these reasons is not held by anybody.
  *'No space left on device'*) printf disk ;;
  *'ermission denied'* | *'Read-only file system'*) printf permission ;;
  13:* | *'Repository '*' does not exist.'*) printf missing ;;
  *'passcommand supplied'*) printf passcommand ;;
  52:* | *'passphrase supplied'*'incorrect'* | *'Can not acquire a passphrase'*) printf passphrase ;;
  73:* | *'Failed to create/acquire the lock'*) printf locked ;;
  *'Insufficient free space'* | *'would exceed'*'quota'* | *'StorageQuotaExceeded'* | *'storage quota'*) printf quota ;;
  # Which of the words it is depends on whether Borg was just reading or writing when the connection broke.
  80:* | 81:* | 87:* | *'Connection closed by remote host'* | *'Connection to remote host is broken'* | *'Connection timed out'* | *'Broken pipe'*) printf connection ;;
  15:* | *'is not a valid repository'*)
    # Made beforehand for a repository to come, e.g. for an account that may not make directories there.
    if [[ -d $BORG_REPO && -z $(ls -A -- "$BORG_REPO") ]]; then
      printf missing
    elif borg_is_unfinished; then
      printf unfinished
    else
      printf invalid
    fi
    ;;
  26:* | *'Repository has no manifest'*) if borg_is_unfinished; then printf unfinished; else printf other; fi ;;
  *'previously located at'* | *'unknown unencrypted repository'* | *'information obtained from the security directory is newer'*) printf question ;;
  *) printf other ;;
  esac
}

# borg_explain STATUS: raises the error for it, and returns its exit code.
borg_explain() {
  local reason
  log_file DEBUG "${run_dir:?}/borg-stderr"
  reason=$(borg_reason "$1")
  case $reason in
  timeout)
    borg_raise 1 BORG_TIMEOUT "Borg did not end within $COMMAND_TIMEOUT_SEC seconds." \
      'Raise COMMAND_TIMEOUT_SEC. What was uploaded so far is not sent again.'
    ;;
  missing) borg_raise 1 BORG_REPO_MISSING "There is no Borg repository at $BORG_REPO." "$(borg_missing_remedy)" ;;
  passphrase) borg_raise 78 BORG_PASSPHRASE_WRONG "The passphrase does not open the Borg repository $BORG_REPO." 'Check BORG_PASSPHRASE or BORG_PASSCOMMAND.' ;;
  passcommand) borg_raise 78 BORG_PASSCOMMAND_FAILED 'The command in BORG_PASSCOMMAND failed.' 'Run it by hand: it must print the passphrase.' ;;
  locked)
    borg_raise 1 BORG_LOCKED "The Borg repository $BORG_REPO stayed locked for $BORG_LOCK_WAIT seconds." \
      'Another program or machine is using it: wait, or raise BORG_LOCK_WAIT. If you are certain that nothing is, e.g. after a crash of the other machine, run: borg break-lock.'
    ;;
  disk) borg_raise 1 BORG_DISK_FULL "The disk of the Borg repository $BORG_REPO is full." 'Make room there, then run again; nothing that was there is lost.' ;;
  quota) borg_raise 1 BORG_QUOTA "The Borg repository $BORG_REPO has reached its storage quota." 'Raise the quota, or keep fewer archives, then run again.' ;;
  connection)
    borg_raise 1 BORG_UNREACHABLE "The Borg repository $BORG_REPO cannot be reached." \
      'Check the address and BORG_RSH with: ssh -o BatchMode=yes HOST borg --version. A new host key must be accepted by hand once.'
    ;;
  unfinished)
    borg_raise 1 BORG_REPO_UNFINISHED "An earlier run was stopped while it created the Borg repository $BORG_REPO; no archive was ever put there." \
      "$(borg_unfinished_remedy)"
    ;;
  invalid) borg_raise 78 BORG_REPO_INVALID "What is at $BORG_REPO is not a Borg repository." 'Name another place in BORG_REPO.' ;;
  permission) borg_raise 1 BORG_PERMISSION "The Borg repository $BORG_REPO may not be read or written." 'Check whose it is: it must belong to the user who runs the backup.' ;;
  question)
    borg_raise 78 BORG_ASKS "Borg wants a confirmation for the repository $BORG_REPO, which only you can give: it was moved, or is not the one known here." \
      'If you know why, run: borg info, with the same BORG_REPO, by hand and answer it; otherwise find out first.'
    ;;
  *) borg_raise 1 BORG_FAILED "Borg failed with exit code $1 on the repository $BORG_REPO." "See what it said; nothing that was in the repository before is lost." ;;
  esac
}

# borg_raise EXIT CODE MESSAGE SUGGESTION
borg_raise() {
  # Without Borg's own traces: they are in the log.
  sed '/^Traceback/,$d' "${run_dir:?}/borg-stderr" >"$run_dir/borg-said"
  error_raise "$@" "$run_dir/borg-said"
}
