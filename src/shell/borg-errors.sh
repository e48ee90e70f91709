# shellcheck shell=bash
# What Borg's failures mean, each with a remedy that can be typed as it stands.

# borg_explain STATUS: raises the error for it, and returns its exit code.
borg_explain() {
  local reason
  log_file DEBUG "${run_dir:?}/borg-stderr"
  reason=$(borg_reason "$1")
  case $reason in
  *-full | *-permission | *-read-only | *-stale | *-io) borg_explain_system "$reason" ;;
  ssh-* | host-* | remote-* | shell-missing | not-allowed | connection) borg_explain_way "$reason" ;;
  moved | replayed | question | key-* | too-new | damaged | unauthenticated | configuration) borg_explain_trust "$reason" ;;
  missing) borg_raise 1 BORG_REPO_MISSING "There is no Borg repository at ${BORG_REPO:?}." "$(borg_missing_remedy)" ;;
  unfinished)
    borg_raise 1 BORG_REPO_UNFINISHED "An earlier run was stopped while it created the Borg repository $BORG_REPO; no archive was ever put there." \
      "$(borg_unfinished_remedy)"
    ;;
  impossible) borg_raise 78 BORG_REPO_INVALID "No Borg repository can be made at $BORG_REPO." 'Name another place in BORG_REPO.' ;;
  invalid) borg_raise 78 BORG_REPO_INVALID "What is at $BORG_REPO is not a Borg repository." 'Name another place in BORG_REPO.' ;;
  *) borg_explain_rest "$reason" "$1" ;;
  esac
}

# borg_explain_rest REASON STATUS
borg_explain_rest() {
  case $1 in
  timeout)
    borg_raise 1 BORG_TIMEOUT "Borg did not end within $COMMAND_TIMEOUT_SEC seconds." \
      "$(borg_timeout_remedy)"
    ;;
  passphrase) borg_raise 78 BORG_PASSPHRASE_WRONG "The passphrase does not open the Borg repository $BORG_REPO." 'Check BORG_PASSPHRASE or BORG_PASSCOMMAND.' ;;
  passcommand) borg_raise 78 BORG_PASSCOMMAND_FAILED 'The command in BORG_PASSCOMMAND failed.' 'Run it by hand: it must print the passphrase.' ;;
  locked)
    borg_raise 1 BORG_LOCKED "The Borg repository $BORG_REPO stayed locked for $BORG_LOCK_WAIT seconds." \
      "Another program or machine is using it: wait, or raise BORG_LOCK_WAIT. If you are certain that nothing is, e.g. after a crash of the other machine, run: $(borg_command --break-lock) (it does what borg break-lock does)."
    ;;
  quota) borg_raise 1 BORG_QUOTA "The Borg repository $BORG_REPO has reached its storage quota." "Raise the quota, or $(borg_room_remedy)" ;;
  archive-exists)
    borg_raise 1 BORG_ARCHIVE_EXISTS "The Borg repository $BORG_REPO has an archive of this name already: two runs began in the same second, or the clock was put back." \
      'Run again: the next archive has another name. Nothing is lost.'
    ;;
  archive-missing) borg_raise 1 ARCHIVE_MISSING "There is no such archive in $BORG_REPO." 'See restore.sh --list; another run may have deleted it meanwhile.' ;;
  *) borg_explain_unknown "$2" ;;
  esac
}

# borg_timeout_remedy: more time helps only where Borg was at work; a connection that is dead stays so.
borg_timeout_remedy() {
  [[ $BORG_REPO == /* ]] ||
    printf "See whether the other machine answers: %s; with -o ServerAliveInterval=30 in BORG_RSH, ssh gives up a connection that has died. " \
      "$(borg_ssh_command)"
  printf 'Where there was only much to do, raise COMMAND_TIMEOUT_SEC. What was uploaded so far is not sent again.'
}

# borg_explain_unknown STATUS: it failed in a way that nothing else describes; where a disk is full, that is why.
borg_explain_unknown() {
  local how="Borg failed with exit code $1"
  (($1 > 128)) || room_blame || return $?
  # By 1 and, since 1.4, by these it says that it went on, but not with everything; here that counts as a failure.
  (($1 != 1 && ($1 < 100 || $1 > 127))) || how="Borg ended with a warning (exit code $1)"
  (($1 <= 128)) || how="Borg was ended by SIG$(kill -l "$1" 2>/dev/null || printf '%d' "$1")"
  borg_raise 1 BORG_FAILED "$how on the repository $BORG_REPO." "$(borg_failed_remedy "$1")"
}

# borg_failed_remedy STATUS
borg_failed_remedy() {
  if (($1 == 137)); then
    printf 'Somebody killed it, or the system did for want of memory (dmesg | tail). Nothing that was in the repository before is lost; run again.'
  elif [[ -s ${run_dir:?}/borg-stderr ]]; then
    printf 'Nothing that was in the repository before is lost. To see it by hand: %s' "$(borg_command borg list)"
  else
    printf 'It said nothing: it was most likely killed, e.g. for want of memory. Nothing that was in the repository before is lost; run again.'
  fi
}

# borg_explain_system REASON: what the system refused.
borg_explain_system() {
  local where path
  path=$(borg_system_error "$(<"${run_dir:?}/borg-stderr")")
  path=${path#*$'\t'}
  case $1 in
  repository-full) borg_raise 1 BORG_DISK_FULL "The disk of the Borg repository $BORG_REPO is full." "Nothing that was there is lost. To make room, $(borg_room_remedy)" ;;
  temporary-full | state-full | log-full | local-full | extract-full | config-full) borg_explain_full "${1%-full}" ;;
  unknown-full)
    borg_raise 1 BORG_OTHER_DISK_FULL "A disk that Borg writes to is full; which one, it did not say, and each has room again." \
      "See what they have: df -h $(borg_room_list). Make room on the one with least, then run again."
    ;;
  source-full | elsewhere-full) borg_raise 1 BORG_OTHER_DISK_FULL "The disk of ${path:-a file that Borg writes} is full." 'Make room there, then run again.' ;;
  cache-full)
    borg_raise 1 BORG_CACHE_FULL "The disk of Borg's cache on this machine is full: ${path:-$(borg_own_directory cache)}. The repository $BORG_REPO is not." \
      "Make room on that disk (df -h '$(preflight_existing "$(borg_own_directory cache)")'), or set BORG_BASE_DIR to a larger one; the cache can be deleted and is built anew: rm -r '$(borg_own_directory cache)'"
    ;;
  cache-permission)
    where=${path:-$(borg_own_directory cache)}
    borg_raise 78 BORG_CACHE_PERMISSION "What Borg keeps on this machine may not be read or written by $(id -un): $where. A run by another user, e.g. with sudo, has most likely made it." \
      "As root: chown -R $(id -un) '$where'; or set BORG_BASE_DIR to a directory of $(id -un)."
    ;;
  repository-permission) borg_raise 1 BORG_PERMISSION "The Borg repository $BORG_REPO may not be read or written by $(id -un)." "$(borg_permission_remedy)" ;;
  repository-read-only) borg_raise 1 BORG_READ_ONLY "The Borg repository $BORG_REPO is on a file system that is read-only now." \
    "$(borg_read_only_remedy)" ;;
  *-read-only) borg_raise 1 BORG_READ_ONLY "The file system of ${path:-a file that Borg writes} is read-only now; that of the Borg repository $BORG_REPO is not." \
    "$(borg_read_only_remedy)" ;;
  repository-stale) borg_raise 1 BORG_STALE "The file system of the Borg repository $BORG_REPO, mounted over the network, has lost its server." \
    "Mount it again, e.g.: umount -l '$(preflight_existing "$BORG_REPO")', then mount -a; then run again." ;;
  *-io | *-stale)
    borg_raise 1 BORG_IO "A disk did not read or write: ${path:-a file of $BORG_REPO}." \
      'Look what the system says of that disk: dmesg | tail; smartctl -a. Replace it before anything else is lost.'
    ;;
  *) borg_raise 1 BORG_PERMISSION "A file may not be read or written by $(id -un): ${path:-of $BORG_REPO}." "Check whose it is: ls -ld '${path:-$BORG_REPO}'" ;;
  esac
}

# borg_explain_full WORD: what is full is neither the repository's disk nor that of Borg's cache.
borg_explain_full() {
  local path
  path=$(room_places | sed -n "s/^$1\t//p")
  { borg_said >"${run_dir:?}/borg-said"; } 2>/dev/null || true
  room_raise "$1" "$path" "$run_dir/borg-said"
}

# borg_room_list: prints the places that Borg writes to on this machine, as they are typed.
borg_room_list() {
  local path
  while IFS=$'\t' read -r _ path; do
    printf "'%s'\n" "$(preflight_existing "$path")"
  done < <(room_places) | sort -u | paste -sd ' '
}

borg_read_only_remedy() {
  printf 'Find out why: a disk with errors is mounted so (dmesg | tail). Mount it for writing, then run again.'
}

borg_permission_remedy() {
  if [[ $BORG_REPO == /* ]]; then
    printf "Check whose it is: it must belong to the user who runs the backup. As root: chown -R %s '%s'" "$(id -un)" "$BORG_REPO"
  else
    printf 'Check on that machine whose it is: it must belong to the account that ssh logs in to.'
  fi
}

# borg_room_remedy: prints how room is made in a repository.
borg_room_remedy() {
  printf 'first free what is deleted already: %s; then let retention delete now: %s; or delete one archive: %s. Then run again.' \
    "$(borg_command --compact)" "$(borg_command --prune)" "$(borg_command --delete ARCHIVE)"
}

# borg_explain_way REASON: what is wrong on the way to another machine.
borg_explain_way() {
  local try
  try=$(borg_ssh_command)
  case $1 in
  ssh-refused)
    borg_raise 1 BORG_SSH_REFUSED "The machine of the Borg repository $BORG_REPO does not let us in: it knows none of our keys." \
      "Put the public key into its ~/.ssh/authorized_keys, or name the right one in BORG_RSH (ssh -i FILE). Try it: $try"
    ;;
  host-key)
    borg_raise 1 BORG_HOST_KEY "The key of the machine of the Borg repository $BORG_REPO is not the one known here, or not known yet." \
      "Compare its fingerprint with what its administrator says, and accept it once by hand: ${try/-o BatchMode=yes /}"
    ;;
  host-unknown) borg_raise 1 BORG_HOST_UNKNOWN "The name of the machine of the Borg repository $BORG_REPO is not known." "Check BORG_REPO, and the network of this machine: $try" ;;
  remote-missing)
    borg_raise 1 BORG_REMOTE_MISSING "There is no program borg on the machine of the repository $BORG_REPO." \
      'Install borgbackup there, or say in BORG_REMOTE_PATH where it is.'
    ;;
  remote-old) borg_raise 1 BORG_REMOTE_OLD "The Borg on the machine of the repository $BORG_REPO is too old for this one ($(borg --version))." "Install 1.2 or newer there; to see which it is: $try" ;;
  remote-noise)
    borg_raise 1 BORG_REMOTE_NOISE "On the machine of the repository $BORG_REPO something else speaks than Borg." \
      "Its shell must print nothing at a log-in without a terminal (~/.bashrc, a banner). See: $try"
    ;;
  shell-missing) borg_raise 78 BORG_SHELL_MISSING 'The program that is to connect to the repository is not there.' 'Correct BORG_RSH, or install openssh-client.' ;;
  not-allowed)
    borg_raise 78 BORG_NOT_ALLOWED "The machine of the Borg repository does not let this key use the repository $BORG_REPO." \
      "Write the path in BORG_REPO as it stands behind --restrict-to-repository or --restrict-to-path in that machine's authorized_keys, or change it there."
    ;;
  *) borg_raise 1 BORG_UNREACHABLE "The Borg repository $BORG_REPO cannot be reached." "Check the address and BORG_RSH with: $try. A new host key must be accepted by hand once." ;;
  esac
}

# borg_ssh_command: prints how the operator tries the connection.
borg_ssh_command() {
  local host=${BORG_REPO#*://} port=''
  host=${host%%/*}
  [[ $BORG_REPO == *://* ]] || host=${BORG_REPO%%:*}
  if [[ $host =~ ^(.*):([0-9]+)$ ]]; then host=${BASH_REMATCH[1]} port=" -p ${BASH_REMATCH[2]}"; fi
  printf '%s%s %s %s --version' "${REMOTE_SHELL:-ssh}" "$port" "$host" "${BORG_REMOTE_PATH:-borg}"
}

# borg_explain_trust REASON: where Borg does not believe what it finds.
borg_explain_trust() {
  case $1 in
  moved)
    borg_raise 78 BORG_ASKS "Borg wants a confirmation for the repository $BORG_REPO, which only you can give: it was at another place before." \
      "If it was you who moved it, or changed its address, run: $(borg_command --accept-moved). Otherwise find out first."
    ;;
  replayed)
    borg_raise 78 BORG_REPLAYED "The Borg repository $BORG_REPO is older than what was seen of it here before: it was put back from a copy, or somebody hides archives." \
      "If it was put back, run: $(borg_command --accept-older). Archives made since that copy are gone from it. Otherwise find out first."
    ;;
  question)
    borg_raise 78 BORG_ASKS "Borg wants a confirmation for the repository $BORG_REPO, which only you can give: it is not encrypted, and not known here." \
      "If it is yours, run: $(borg_command --accept-moved). Otherwise find out first."
    ;;
  key-missing)
    borg_raise 78 BORG_KEY_MISSING "The key of the Borg repository $BORG_REPO is not there; without it no archive can be read." \
      "Bring back the copy that you kept: $(borg_command borg key import :: FILE)"
    ;;
  key-damaged)
    borg_raise 78 BORG_KEY_DAMAGED "The key of the Borg repository $BORG_REPO is damaged." "Bring back the copy that you kept: $(borg_command borg key import :: FILE)"
    ;;
  too-new)
    borg_raise 78 BORG_TOO_OLD "The Borg of this machine, $(borg --version), is too old for the repository $BORG_REPO: a newer one has changed it." \
      "Install the newer Borg here as well (${root:?}/install.sh --deps shows what is installed)."
    ;;
  configuration)
    borg_raise 1 BORG_CONFIG_BROKEN "The file config of the Borg repository $BORG_REPO is damaged, or of a Borg that is newer than $(borg --version)." \
      'Bring back that file from a copy of the repository, or install the newer Borg.'
    ;;
  unauthenticated)
    borg_raise 1 BORG_UNAUTHENTICATED "The Borg repository $BORG_REPO holds an archive, $(borg_find_unauthenticated), that this Borg, $(borg --version), does not believe: an older Borg has made or renamed it without a signature." \
      "$(borg_sign_remedy)"
    ;;
  *)
    borg_raise 1 BORG_DAMAGED "The Borg repository $BORG_REPO is damaged." \
      "Look at the disk first (dmesg | tail), and copy the repository if you can. Then see how far it goes: $(borg_command borg check); what can be repaired is by: $(borg_command borg check --repair)"
    ;;
  esac
}

# borg_find_unauthenticated: prints the name of the first archive that Borg does not believe.
borg_find_unauthenticated() {
  local read=${run_dir:?}/archives-read said=$run_dir/borg-stderr
  cp -- "$said" "$said.first"
  # With the comments Borg reads each archive, and ends at the first that it does not believe: what it said until then is what counts.
  borg_call "$read.all" list --consider-checkpoints --format '{name}{NL}' || true
  borg_call "$read" list --consider-checkpoints --format '{name}{comment}{NL}' || true
  mv -f -- "$said.first" "$said"
  sed -n "$(($(wc -l <"$read") + 1))p" "$read.all"
}

# borg_sign_remedy: prints how archives without a signature are signed, which is for the operator to decide.
borg_sign_remedy() {
  printf 'If only your own machines could write to the repository, sign them all, once: %s' "$(borg_command borg upgrade --archives-tam ::)"
}

# borg_command ARGUMENT...: prints how the operator runs something with this project's settings, as it is typed.
borg_command() {
  local repository=''
  [[ -z ${BORG_REPOS:-} ]] || repository=" --repository '$BORG_REPO'"
  printf "%s/backup.sh --env-file '%s'%s %s" "${root:?}" "$ENV_FILE" "$repository" "$*"
}

# borg_raise EXIT CODE MESSAGE SUGGESTION
borg_raise() {
  { borg_said >"${run_dir:?}/borg-said"; } 2>/dev/null || true
  error_raise "$@" "$run_dir/borg-said"
}
