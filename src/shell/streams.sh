# shellcheck shell=bash
# Standard streams that the caller has closed (`>&-`, some supervisors): the next file that is opened would take their place, and
# be written to by everything that prints. Nothing comes from them, and what goes to them is lost, as the caller wanted it.

[[ -e /dev/fd/0 ]] || exec 0</dev/null
[[ -e /dev/fd/1 ]] || exec 1>/dev/null
[[ -e /dev/fd/2 ]] || exec 2>/dev/null

# streams_grep ARGUMENT...: grep, to which it is no failure to find nothing; a file that cannot be read still is one.
streams_grep() {
  grep "$@" || (($? == 1))
}
