# shellcheck shell=bash
# What the system lets us have.

# So many files a shell usually may have open, and so many a worker needs at least: connections, pipes to its programs, and a file a
# transfer.
readonly limits_files=1024
readonly limits_files_least=256

# limits_raise_files: raises the limit of open files to the usual one where a lower one was set that may be raised; returns 78 where too
# few are left: programs would fail in the middle, each in its own way.
limits_raise_files() {
  local most
  limits_are_files "$limits_files" || {
    most=$(ulimit -Hn)
    [[ $most != unlimited ]] && ((most < limits_files)) || most=$limits_files
    ulimit -Sn "$most" 2>/dev/null || true
  }
  limits_are_files "$limits_files_least" ||
    error_raise 78 OPEN_FILES_LIMIT "This shell may have only $(ulimit -n) files open at once; at least $limits_files_least are needed." \
      "Raise the limit, then start again: ulimit -n $limits_files (LimitNOFILE=$limits_files in a systemd unit; /etc/security/limits.conf for good)."
}

# limits_are_files COUNT: whether so many may be open.
limits_are_files() {
  local files
  files=$(ulimit -Sn)
  [[ $files == unlimited ]] || ((files >= $1))
}
