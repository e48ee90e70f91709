# shellcheck shell=bash
# Everything install.sh is made of. It has set `root`, the toolkit's directory.

# shellcheck source=src/shell/streams.sh
source "$root/src/shell/streams.sh"
# shellcheck source=src/shell/output.sh
source "$root/src/shell/output.sh"
# shellcheck source=src/shell/terminal.sh
source "$root/src/shell/terminal.sh"
# shellcheck source=src/shell/log.sh
source "$root/src/shell/log.sh"
# shellcheck source=src/shell/command.sh
source "$root/src/shell/command.sh"
# shellcheck source=src/shell/errors.sh
source "$root/src/shell/errors.sh"
# shellcheck source=src/shell/limits.sh
source "$root/src/shell/limits.sh"
# shellcheck source=src/shell/arguments.sh
source "$root/src/shell/arguments.sh"
# shellcheck source=src/shell/node.sh
source "$root/src/shell/node.sh"
# shellcheck source=src/shell/build.sh
source "$root/src/shell/build.sh"
# shellcheck source=src/shell/child.sh
source "$root/src/shell/child.sh"
# shellcheck source=src/shell/addresses.sh
source "$root/src/shell/addresses.sh"
# shellcheck source=src/shell/preflight.sh
source "$root/src/shell/preflight.sh"
# shellcheck source=src/shell/room.sh
source "$root/src/shell/room.sh"
# shellcheck source=src/shell/worker.sh
source "$root/src/shell/worker.sh"
# shellcheck source=src/shell/install/packages.sh
source "$root/src/shell/install/packages.sh"
# shellcheck source=src/shell/install/places.sh
source "$root/src/shell/install/places.sh"
# shellcheck source=src/shell/install/changes.sh
source "$root/src/shell/install/changes.sh"
# shellcheck source=src/shell/install/copy.sh
source "$root/src/shell/install/copy.sh"
# shellcheck source=src/shell/install/render.sh
source "$root/src/shell/install/render.sh"
# shellcheck source=src/shell/install/units.sh
source "$root/src/shell/install/units.sh"
# shellcheck source=src/shell/install/project.sh
source "$root/src/shell/install/project.sh"
# shellcheck source=src/shell/install/dashboard.sh
source "$root/src/shell/install/dashboard.sh"
# shellcheck source=src/shell/install/configure.sh
source "$root/src/shell/install/configure.sh"
# shellcheck source=src/shell/install/uninstall.sh
source "$root/src/shell/install/uninstall.sh"
# shellcheck source=src/shell/install/purge.sh
source "$root/src/shell/install/purge.sh"
# shellcheck source=src/shell/install/next.sh
source "$root/src/shell/install/next.sh"
