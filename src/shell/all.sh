# shellcheck shell=bash
# Everything backup.sh and restore.sh share. The caller has set `root`, the toolkit's directory.

# shellcheck source=src/shell/streams.sh
source "${root:?}/src/shell/streams.sh"
# shellcheck source=src/shell/output.sh
source "${root:?}/src/shell/output.sh"
# shellcheck source=src/shell/terminal.sh
source "${root:?}/src/shell/terminal.sh"
# shellcheck source=src/shell/log.sh
source "${root:?}/src/shell/log.sh"
# shellcheck source=src/shell/command.sh
source "${root:?}/src/shell/command.sh"
# shellcheck source=src/shell/errors.sh
source "${root:?}/src/shell/errors.sh"
# shellcheck source=src/shell/limits.sh
source "${root:?}/src/shell/limits.sh"
# shellcheck source=src/shell/answer.sh
source "${root:?}/src/shell/answer.sh"
# shellcheck source=src/shell/arguments.sh
source "${root:?}/src/shell/arguments.sh"
# shellcheck source=src/shell/node.sh
source "${root:?}/src/shell/node.sh"
# shellcheck source=src/shell/build.sh
source "${root:?}/src/shell/build.sh"
# shellcheck source=src/shell/worker.sh
source "${root:?}/src/shell/worker.sh"
# shellcheck source=src/shell/addresses.sh
source "${root:?}/src/shell/addresses.sh"
# shellcheck source=src/shell/config.sh
source "${root:?}/src/shell/config.sh"
# shellcheck source=src/shell/lock.sh
source "${root:?}/src/shell/lock.sh"
# shellcheck source=src/shell/owner.sh
source "${root:?}/src/shell/owner.sh"
# shellcheck source=src/shell/ours.sh
source "${root:?}/src/shell/ours.sh"
# shellcheck source=src/shell/child.sh
source "${root:?}/src/shell/child.sh"
# shellcheck source=src/shell/trust.sh
source "${root:?}/src/shell/trust.sh"
# shellcheck source=src/shell/hooks.sh
source "${root:?}/src/shell/hooks.sh"
# shellcheck source=src/shell/journal.sh
source "${root:?}/src/shell/journal.sh"
# shellcheck source=src/shell/follower.sh
source "${root:?}/src/shell/follower.sh"
# shellcheck source=src/shell/json.sh
source "${root:?}/src/shell/json.sh"
# shellcheck source=src/shell/run.sh
source "${root:?}/src/shell/run.sh"
# shellcheck source=src/shell/components.sh
source "${root:?}/src/shell/components.sh"
# shellcheck source=src/shell/generation.sh
source "${root:?}/src/shell/generation.sh"
# shellcheck source=src/shell/borg.sh
source "${root:?}/src/shell/borg.sh"
# shellcheck source=src/shell/borg-progress.sh
source "${root:?}/src/shell/borg-progress.sh"
# shellcheck source=src/shell/borg-init.sh
source "${root:?}/src/shell/borg-init.sh"
# shellcheck source=src/shell/borg-reasons.sh
source "${root:?}/src/shell/borg-reasons.sh"
# shellcheck source=src/shell/care.sh
source "${root:?}/src/shell/care.sh"
# shellcheck source=src/shell/pins.sh
source "${root:?}/src/shell/pins.sh"
# shellcheck source=src/shell/borg-errors.sh
source "${root:?}/src/shell/borg-errors.sh"
# shellcheck source=src/shell/chunker.sh
source "${root:?}/src/shell/chunker.sh"
# shellcheck source=src/shell/preflight.sh
source "${root:?}/src/shell/preflight.sh"
# shellcheck source=src/shell/room.sh
source "${root:?}/src/shell/room.sh"
# shellcheck source=src/shell/archive.sh
source "${root:?}/src/shell/archive.sh"
# shellcheck source=src/shell/partial.sh
source "${root:?}/src/shell/partial.sh"
# shellcheck source=src/shell/check.sh
source "${root:?}/src/shell/check.sh"
# shellcheck source=src/shell/repository.sh
source "${root:?}/src/shell/repository.sh"
# shellcheck source=src/shell/projects.sh
source "${root:?}/src/shell/projects.sh"
# shellcheck source=src/shell/source.sh
source "${root:?}/src/shell/source.sh"
# shellcheck source=src/shell/extract.sh
source "${root:?}/src/shell/extract.sh"
# shellcheck source=src/shell/safety.sh
source "${root:?}/src/shell/safety.sh"
# shellcheck source=src/shell/diff.sh
source "${root:?}/src/shell/diff.sh"
# shellcheck source=src/shell/target.sh
source "${root:?}/src/shell/target.sh"
