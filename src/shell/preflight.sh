# shellcheck shell=bash
# What is checked before anything is made. Whatever the workers find out at once by themselves is left to them.

# preflight_space: refuses to begin with too little room. What an earlier failure left for reuse goes first.
preflight_space() {
  local directory least available
  local -a leftovers
  directory=$(preflight_existing "${LOCAL_BACKUP_DIR%/*}")
  least=$(numfmt --from=iec "$MIN_FREE_SPACE")
  available=$(preflight_available "$directory")
  mapfile -d '' -t leftovers < <(generation_list_leftovers)
  if ((available < least && ${#leftovers[@]} > 0)); then
    log_warn 'Removing what a failed run left for reuse: the disk is short of space.'
    ours_remove "${leftovers[@]}"
    available=$(preflight_available "$directory")
  fi
  ((available < least)) || return 0
  error_raise 1 DISK_SPACE "Only $(numfmt --to=iec "$available") are free in $directory; MIN_FREE_SPACE asks for $MIN_FREE_SPACE." \
    'Make room, put LOCAL_BACKUP_DIR on a larger disk, or lower MIN_FREE_SPACE.'
}

# preflight_existing PATH: prints it, or the nearest directory above it that is there.
preflight_existing() {
  local path=$1
  [[ $path == /* ]] || path=$PWD/$path
  while [[ ! -e ${path:=/} ]]; do path=${path%/*}; done
  printf '%s' "$path"
}

# preflight_available DIRECTORY: prints the free bytes of its file system.
preflight_available() {
  df --output=avail --block-size=1 -- "$1" | tail -n 1
}

# preflight_condition: whether ONLY_IF, the operator's own condition, lets the run begin.
preflight_condition() {
  [[ -n ${ONLY_IF:-} ]] || return 0
  child_run timeout "$HOOK_TIMEOUT_SEC" bash -c "$ONLY_IF" >&2
}
