# shellcheck shell=bash
# The built workers: build/<sources>/, made by `install.sh`, where <sources> is the hash of what they are built of. A build of
# other sources is never used: then tsx runs the sources themselves, which takes longer to start and does the same.

# build_sources ROOT: prints the hash of the workers' sources, of how they are built, and of the packages' versions.
build_sources() {
  (cd "$1" && find -L src \( -name '*.ts' -o -name 'build*.mjs' \) -print0 | LC_ALL=C sort -z | xargs -0 sha256sum -- package-lock.json package.json) 2>/dev/null |
    sha256sum | cut -c 1-32
}

# build_ensure ROOT: builds the workers, unless that is done. Without a build all works too, so a failure is only told.
build_ensure() {
  local root=$1 sources
  if sources=$(build_sources "$root"); then
    [[ ! -d $root/build/$sources ]] || return 0
    "$(node_find "$root")" "$root/src/shell/build.mjs" "$root" "$root/build/$sources" && return $?
  fi
  printf 'The workers could not be built, so each starts a second later; what was said stands above.\n' >&2
}
