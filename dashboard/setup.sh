# shellcheck shell=bash
# What the dashboard needs besides the toolkit: its packages, and its build. The toolkit itself runs without both.

dashboard=$(cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$dashboard")
# shellcheck source=src/shell/node.sh
source "$root/src/shell/node.sh"
# shellcheck source=src/shell/install/packages.sh
source "$root/src/shell/install/packages.sh"
# shellcheck source=src/shell/build.sh
source "$root/src/shell/build.sh"

# setup_toolkit SCOPE: the toolkit's programs, packages and build. SCOPE is `run` or `test`.
setup_toolkit() {
  packages_ensure "$1" && node_ensure_packages "$root" "$1" && build_ensure "$root" || return $?
  node=$(node_find "$root")
}

# setup_packages SCOPE: `npm ci` of the dashboard's own packages, unless they are what its lock file says.
setup_packages() {
  local lock
  setup_packages_match "$1" && return $?
  # Two first commands at once must not install over each other.
  exec {lock}<"$dashboard/package-lock.json"
  flock --timeout 900 "$lock" || return 75
  setup_packages_match "$1" || setup_packages_install "$1" || return $?
  exec {lock}<&-
}

setup_packages_match() {
  [[ -f $dashboard/node_modules/.package-lock.json ]] &&
    "$node" "$root/src/shell/node-packages-match.mjs" "$dashboard" "$1"
}

# Nothing of a package is run when it is installed: what is native in them comes built.
setup_packages_install() {
  local cache=$dashboard/.npm-cache status=0
  local -a kinds=(--include=optional --include=dev)
  [[ $1 == test ]] || kinds=(--include=optional --omit=dev)
  printf 'Installing the packages of the dashboard (npm ci) ...\n' >&2
  (cd "$dashboard" && npm ci --ignore-scripts --cache="$cache" "${kinds[@]}" --no-audit --no-fund --loglevel=error </dev/null >&2) ||
    status=$?
  rm -rf "$cache"
  return "$status"
}

# setup_build: builds pages and program unless that is done of exactly these sources; build_directory is where they are.
setup_build() {
  build_directory=$dashboard/build/$(setup_sources) || return $?
  [[ ! -d $build_directory ]] || return 0
  printf 'Building the dashboard ...\n' >&2
  NODE_ENV=production "$node" "$dashboard/build.mjs" "$build_directory" >&2
}

# setup_sources: prints the hash of what the build is made of.
setup_sources() {
  (cd "$root" && find src dashboard/src dashboard/public -type f -print0 | LC_ALL=C sort -z |
    xargs -0 sha256sum -- package-lock.json dashboard/package-lock.json dashboard/vite.config.ts dashboard/build.mjs) |
    sha256sum | cut -c 1-32
}

# setup_browser: the browser that the tests look with.
setup_browser() {
  # shellcheck disable=SC2317 # packages_ensure asks it
  packages_table() {
    printf 'chromium chromium test the browser of the tests\n'
    printf 'fc-list fontconfig test finds the letters\n'
  }
  packages_ensure test
}
