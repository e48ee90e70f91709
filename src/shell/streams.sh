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

# streams_part: in a subshell that becomes a program: opens the pipes among our output anew for it. Node makes the pipes that it
# writes to non-blocking, for everybody who shares them, and where one is full Bash then cannot print, and ends.
streams_part() {
  # By this name it is opened; by /dev/fd Bash would only duplicate it.
  if [[ -p /proc/self/fd/1 && -w /proc/self/fd/1 ]]; then exec 1>/proc/self/fd/1; fi
  if [[ -p /proc/self/fd/2 && -w /proc/self/fd/2 ]]; then exec 2>/proc/self/fd/2; fi
}
