# shellcheck shell=bash
# Whose a file is that is about to be run: the same rules as in src/config/trust.ts.

trust_problem=
trust_remedy=

# trust_file FILE: whether nobody else could have written it; otherwise sets `trust_problem` and `trust_remedy`.
trust_file() {
  local real place=$1
  real=$(readlink -f -- "$1") || real=$1
  trust_place "$real" near && trust_place "${real%/*}" near && trust_place "${1%/*}" near || return $?
  # The directory of its event, and the one of all events.
  place=${1%/*}
  [[ $1 != "$HOOKS_DIR"/* ]] || trust_place "$HOOKS_DIR" near || return $?
  for place in "$real" "$place"; do
    while [[ -n ${place%/*} ]]; do
      place=${place%/*}
      trust_place "$place" far || return $?
    done
  done
}

# trust_place PATH near|far: of one file or directory.
# shellcheck disable=SC2034 # both are for hooks.sh
trust_place() {
  local owner group mode
  read -r owner group mode < <(stat -L -c '%u %g %a' -- "$1" 2>/dev/null) || return 0
  if ((owner != EUID && owner != 0)); then
    trust_problem="$1 belongs to another user (number $owner), who could have anything run with this user's rights."
    trust_remedy="Look at what it holds, then run: $( ((EUID == 0)) || printf 'sudo ')chown $EUID $(trust_quote "$1")"
    return 1
  fi
  # Where all may write and nobody can rename what is another's, as in /tmp, what lies there is still its owner's.
  [[ ! -d $1 ]] || ! ((8#$mode & 8#1000)) || return 0
  if ((8#$mode & 8#002)) || { ((8#$mode & 8#020)) && { [[ $2 == near ]] || ! trust_own_group "$group"; }; }; then
    trust_problem="$1 may be written by others than its owner, who could have anything run with this user's rights."
    trust_remedy="Look at what it holds, then run: chmod go-w $(trust_quote "$1")"
    return 1
  fi
}

# trust_quote PATH: prints it between single quotes.
trust_quote() {
  printf "'%s'" "${1//\'/\'\\\'\'}"
}

# trust_own_group NUMBER: whether it is the user's own group, or root's.
trust_own_group() {
  (($1 == 0)) || [[ $1 == "$(id -g)" ]]
}
