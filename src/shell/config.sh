# shellcheck shell=bash
# The project's configuration: validated by src/config.ts, exported here for everything the run starts.

# config_load FLAG...: exports the settings that `config.ts env` prints for these flags.
config_load() {
  local -a pairs
  local pair
  components_call worker_pairs config.ts env "$@" || return $?
  config_forget_inherited
  for pair in "${pairs[@]}"; do
    export "${pair?}"
  done
  components_take
  # Their neighbours' names are made by adding to theirs, and a symbolic link would be renamed in place of the directory.
  LOCAL_BACKUP_DIR=$(readlink -m -- "$LOCAL_BACKUP_DIR")
  BORG_EXTRACT_DIR=$(readlink -m -- "$BORG_EXTRACT_DIR")
  config_refuse_nesting || return $?
  config_complete_borg
}

# config_refuse_nesting: what is replaced as a whole must not hold anything else of ours, nor lie in a repository.
config_refuse_nesting() {
  local place other
  local -a others=("$STATE_DIR") addresses
  addresses_list "${BORG_REPOS:-}" "${BORG_REPO:-}"
  for other in "${addresses[@]}"; do
    [[ $other != /* ]] || others+=("$(readlink -m -- "$other")")
  done
  for place in "$LOCAL_BACKUP_DIR" "$BORG_EXTRACT_DIR"; do
    for other in "${others[@]}" "$LOCAL_BACKUP_DIR" "$BORG_EXTRACT_DIR"; do
      [[ $other != "$place" || $LOCAL_BACKUP_DIR == "$BORG_EXTRACT_DIR" ]] || continue
      [[ $other/ == "$place"/* || ($place/ == "$other"/* && $other != "$STATE_DIR") ]] || continue
      error_raise 78 CONFIG_CONFLICT "The directory $place is replaced as a whole, but $other is the same or lies in it, or it in that." \
        'Give LOCAL_BACKUP_DIR, BORG_EXTRACT_DIR and BORG_REPO places side by side.'
      return $?
    done
  done
}

# What another program's environment says about PostgreSQL, Borg or git is not meant for us: config.ts has taken what counts.
config_forget_inherited() {
  local name
  for name in "${!PG@}" "${!BORG@}" "${!GIT_@}"; do
    unset "$name"
  done
}

# Makes sure that Borg and ssh ask nothing: a nightly run has nobody to answer. A connection that has died is given up within two
# minutes, and not only when Borg has had all of its time.
config_complete_borg() {
  export REMOTE_SHELL=${BORG_RSH:-ssh -o BatchMode=yes -o ServerAliveInterval=30} BORG_EXIT_CODES=modern
  export BORG_RSH="bash '${root:?}/src/shell/remote-shell.sh'"
  # Of each project its own: twenty archives of others would push a project's files out of a shared cache.
  export BORG_FILES_CACHE_SUFFIX=$PROJECT_NAME
  if [[ $BORG_ENCRYPTION == none ]]; then
    export BORG_PASSPHRASE=${BORG_PASSPHRASE:-}
  fi
}
