# shellcheck shell=bash
# Which failure it was. Borg 1.4 tells many apart by exit code (BORG_EXIT_CODES=modern); 1.2 only in words, and what the system
# refused, or ssh, both tell only in words.

# borg_reason STATUS: prints a word for the failure whose last words are in $run_dir/borg-stderr; for what the system refused a
# word for the place and one for the reason, e.g. cache-full.
borg_reason() {
  local words system
  words=$(<"${run_dir:?}/borg-stderr")
  system=$(borg_system_error "$words")
  # A lock that cannot be written for one of the system's reasons is not held by anybody.
  if [[ $1 != 124 && -n $system ]]; then
    printf '%s-%s' "$(borg_place_of "$words")" "${system%%$'\t'*}"
    return $?
  fi
  case $1:$words in
  124:*) printf timeout ;;
  *'passcommand supplied'*) printf passcommand ;;
  52:* | *'passphrase supplied'*'incorrect'* | *'Can not acquire a passphrase'*) printf passphrase ;;
  *'No key entry found'* | *'No key file for repository'* | 42:* | 43:* | 44:*) printf key-missing ;;
  40:* | *'Invalid key data'* | *'binascii.Error'* | *'Invalid key file for repository'*) printf key-damaged ;;
  73:* | *'Failed to create/acquire the lock'*) printf locked ;;
  # Borg keeps room for what it writes last, and looks at the disk beforehand.
  *'Insufficient free space'*) printf repository-full ;;
  *'would exceed'*'quota'* | *'StorageQuotaExceeded'* | *'storage quota'*) printf quota ;;
  30:* | *'Archive '*' already exists'*) printf archive-exists ;;
  31:* | *'Archive '*' does not exist'*) printf archive-missing ;;
  83:* | *'Repository path not allowed'*) printf not-allowed ;;
  *'was previously located at'* | 62:*) printf moved ;;
  64:* | *'information obtained from the security directory is newer'*) printf replayed ;;
  61:* | *'unknown unencrypted repository'*) printf question ;;
  96:* | 97:* | *'TAM authentication'* | *'Data integrity error: Archive authentication'* | *'archive TAM'*) printf unauthenticated ;;
  *'required features'* | *'not supported by this borg version'* | *'Unsupported payload type'* | *'unknown feature'* | 18:*) printf too-new ;;
  *'onsistency detected'* | *'ntegrity error'* | *'Object with key '*' not found'* | *'File failed integrity check'* | *'Segment entry '* | 12:* | 9[0-5]:*) printf damaged ;;
  *) borg_reason_of_way "$1" "$words" ;;
  esac
}

# borg_reason_of_way STATUS WORDS: what is wrong on the way to the repository, or with its being there.
borg_reason_of_way() {
  case $1:$2 in
  *'Permission denied ('* | *'Too many authentication failures'* | *'No supported authentication methods'*) printf ssh-refused ;;
  *'Host key verification failed'* | *'REMOTE HOST IDENTIFICATION HAS CHANGED'*) printf host-key ;;
  *'Could not resolve hostname'* | *'Name or service not known'* | *'emporary failure in name resolution'*) printf host-unknown ;;
  *'borg: command not found'* | *'borg: not found'* | *'exec: borg'*'not found'* | *': No such file or directory'*'Connection closed'*) printf remote-missing ;;
  *"FileNotFoundError"*"No such file or directory: '"*) if [[ $BORG_REPO == /* ]]; then printf impossible; else printf shell-missing; fi ;;
  *'unrecognized arguments'* | *'Borg server is too old'* | *'server needs to be updated'* | 85:* | 88:*) printf remote-old ;;
  86:* | *'unexpected RPC data format'*) printf remote-noise ;;
  # Which of the words it is depends on whether Borg was just reading or writing when the connection broke.
  80:* | 81:* | 87:* | *'Connection closed by remote host'* | *'Connection to remote host is broken'* | *'Connection timed out'* | *'Connection refused'* | *'Connection reset'* | *'No route to host'* | *'Network is unreachable'* | *'Broken pipe'*) printf connection ;;
  13:* | *'Repository '*' does not exist.'*) printf missing ;;
  16:* | *'does not have a valid configuration'* | *'configparser.'*) if borg_is_unfinished; then printf unfinished; else printf configuration; fi ;;
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
  26:* | *'Repository has no manifest'*) if borg_is_unfinished; then printf unfinished; else printf damaged; fi ;;
  *) printf other ;;
  esac
}

# borg_system_error WORDS: prints what the system refused, as a word and the path it was about, where that is said.
borg_system_error() {
  local line number path='' word=''
  while IFS= read -r line; do
    [[ $line =~ \[Errno\ ([0-9]+)\]\ [^:\']+(:\ \'([^\']+)\')? ]] || continue
    number=${BASH_REMATCH[1]} path=${BASH_REMATCH[3]}
    case $number in
    28 | 122) word=full ;;
    1 | 13) word=permission ;;
    30) word=read-only ;;
    116 | 107 | 112) word=stale ;;
    5 | 117) word=io ;;
    *) continue ;;
    esac
  done <<<"$1"
  [[ -z $word ]] || printf '%s\t%s' "$word" "$path"
}

# borg_place_of WORDS: prints where the system refused something: repository, cache (whatever Borg keeps on this machine), source or
# elsewhere; of a disk that is full also a word of room_places, or unknown. Without a path the trace tells, or what is full now.
borg_place_of() {
  local refused path
  refused=$(borg_system_error "$1")
  path=${refused#*$'\t'}
  case $path in
  '') if [[ $refused == full* ]]; then borg_full_place "$1"; else borg_place_in_trace "$1"; fi ;;
  "$BORG_REPO"*) printf repository ;;
  "$(borg_own_directory cache)"* | "$(borg_own_directory config)"* | */.cache/borg* | */.config/borg*) printf cache ;;
  "$LOCAL_BACKUP_DIR"* | "$BORG_EXTRACT_DIR"*) printf source ;;
  "${TMPDIR:-/tmp}"/* | "${run_dir:?}"/*) printf elsewhere ;;
  /*) if [[ $BORG_REPO == /* ]]; then printf elsewhere; else printf repository; fi ;;
  *) printf source ;;
  esac
}

# borg_full_place WORDS: the same where only that is said that there is no room. The repository is to blame where that is certain: the
# remedy deletes archives.
borg_full_place() {
  local innermost found
  innermost=$(borg_innermost "$1")
  case $1:$innermost in
  # Only what writes to a repository says so.
  *'cleaning up partial transaction'* | *:/borg/repository.py*) printf repository ;;
  *'self test '*FAILED*) printf temporary ;;
  *:/borg/cache.py* | *:get_cache_dir) printf cache ;;
  *)
    found=$(room_find)
    if [[ -n $found ]]; then
      printf '%s' "${found%%$'\t'*}"
    elif [[ $BORG_REPO != /* && $1 == *Remote* ]]; then
      printf repository
    else
      printf unknown
    fi
    ;;
  esac
}

# borg_place_in_trace WORDS: the same by the innermost of Borg's own files in the trace: the cache's code calls the repository's.
borg_place_in_trace() {
  case $(borg_innermost "$1") in
  /borg/cache.py* | get_cache_dir) printf cache ;;
  *) printf repository ;;
  esac
}

# borg_innermost WORDS: prints the innermost of Borg's own files in a trace.
borg_innermost() {
  streams_grep -oE '/borg/[a-z_]+\.py"|get_cache_dir' <<<"$1" | tail -n 1
}

# borg_own_directory cache|config: prints where Borg keeps what it remembers of repositories.
borg_own_directory() {
  # Of the account, where HOME is not set.
  local xdg=XDG_${1^^}_HOME home=~
  if [[ -n ${BORG_BASE_DIR:-} ]]; then
    printf '%s/.%s/borg' "$BORG_BASE_DIR" "$1"
  else
    printf '%s/borg' "${!xdg:-$home/.$1}"
  fi
}

# borg_said: prints Borg's decisive words: no traces, no description of the machine, and not more than a few lines.
borg_said() {
  sed -E '/^(Traceback|Platform:|Linux:|Borg:|PID:|sys\.argv:|SSH_ORIGINAL_COMMAND:|During handling|The above exception|Exception ignored in: |AssertionError: cleanup happened in |Local Exception|Remote Exception|[$]LOG)/d
    /^  /d; /^ *$/d; s/^(.{400}).*/\1.../' "${run_dir:?}/borg-stderr" | tail -n 6
}
