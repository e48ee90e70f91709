# shellcheck shell=bash
# Finds a Node that is new enough, and installs the JavaScript packages that package-lock.json names.

# The newest thing that is needed of it: to tell which certificates the machine trusts (sslrootcert=system).
readonly node_oldest=22.15
# The oldest Node whose npm can install a newer one from the node-linux packages.
readonly node_oldest_for_npm=18

# node_find ROOT: prints the path of a Node to run the workers with. The packages' own is pinned by the lock file, so it
# needs no look at its version.
node_find() {
  local root=$1 node
  if [[ -x $root/node_modules/.bin/node ]]; then
    printf '%s\n' "$root/node_modules/.bin/node"
    return $?
  fi
  node=$(type -P node) && node_at_least "$node" "$node_oldest" && printf '%s\n' "$node"
}

# node_at_least NODE MAJOR[.MINOR]
node_at_least() {
  local version wanted=$2
  version=$("$1" --version 2>/dev/null) || return 1
  [[ $version =~ ^v([0-9]+)\.([0-9]+) ]] || return 1
  ((BASH_REMATCH[1] * 1000 + BASH_REMATCH[2] >= ${wanted%%.*} * 1000 + $([[ $wanted == *.* ]] && printf '%s' "${wanted#*.}" || printf 0)))
}

# node_ensure_packages ROOT SCOPE: `npm ci` unless node_modules is what the lock file says. SCOPE is `run` or `test`.
node_ensure_packages() {
  local root=$1 scope=$2 lock
  node_packages_match "$root" "$scope" && [[ -n $(node_find "$root") ]] && return 0
  if ! node_at_least node "$node_oldest_for_npm"; then
    printf 'Node %s or newer is needed to install the JavaScript packages, and %s.\n' "$node_oldest_for_npm" \
      "$(type -P node >/dev/null && printf 'this machine has %s' "$(node --version)" || printf 'this machine has none')" >&2
    return 78
  fi
  # Two first commands at once, e.g. in two terminals, must not install over each other.
  exec {lock}<"$root/package-lock.json"
  flock --timeout 900 "$lock" || return 75
  node_packages_match "$root" "$scope" || node_install_packages "$root" "$scope" || return $?
  exec {lock}<&-
  [[ -n $(node_find "$root") ]] || {
    printf 'npm installed no Node for this machine (%s), and its own is older than %s.\n' "$(uname -m)" "$node_oldest" >&2
    return 78
  }
}

node_packages_match() {
  [[ -f $1/node_modules/.package-lock.json && -n $(type -P node) ]] && node "$1/src/shell/node-packages-match.mjs" "$1" "$2"
}

# Installs with a cache of its own inside the checkout, so that nothing stays behind anywhere else.
node_install_packages() {
  local root=$1 scope=$2 cache=$1/.npm-cache status=0
  local -a kinds=(--include=optional --include=dev)
  [[ $scope == test ]] || kinds=(--include=optional --omit=dev)
  printf 'Installing the JavaScript packages (npm ci) ...\n' >&2
  (cd "$root" && npm ci --cache="$cache" "${kinds[@]}" --no-audit --no-fund --loglevel=error </dev/null >&2) || status=$?
  rm -rf "$cache"
  ((status == 0)) || return "$status"
  node_link_own "$root"
}

# npm 9 drops the link to our Node together with the package of the other architecture, which has one of the same name.
node_link_own() {
  local link=$1/node_modules/.bin/node program
  for program in "$1"/node_modules/node-linux-*/bin/node; do
    [[ -e $link || ! -x $program ]] || ln -sf "..${program#"$1"/node_modules}" "$link"
  done
}
