# shellcheck shell=bash
# Checks by name, the whole output of those that fail.

tally=/dev/null
failed=0

# checks_begin [--tally FILE]: FILE gets one line a check, `pass` or `fail`, for .ci/run.
checks_begin() {
  [[ ${1-} != --tally ]] || tally=$2
}

# check NAME COMMAND...
check() {
  local name=$1 output
  shift
  if output=$("$@" 2>&1); then
    printf 'ok      %s\n' "$name"
    printf 'pass\n' >>"$tally"
  else
    printf 'FAILED  %s\n%s\n' "$name" "$output"
    printf 'fail\n' >>"$tally"
    failed=1
  fi
}

# checks_end: exits 1 where one has failed.
checks_end() {
  exit "$failed"
}
