# shellcheck shell=bash
# Log lines on stderr, in the format of src/common/log.ts; and a pump that puts everything written there into a file too.

log_scope=${0##*/}
log_scope=${log_scope%.sh}
log_pump_pid=
log_stdout_fd=
log_stderr_fd=
# A line that no program writes.
readonly log_end=$'\x04 end of the log \x04'
# What Bash itself says of a program of ours that was killed, whenever it happens to notice: the run says so in its own words. The same
# is in src/log.ts.
readonly log_remark=': line [0-9]+: +[0-9]+ [A-Z].* (child|worker|follower)_become '
log_terminal_fd=
declare -rA log_ranks=([debug]=0 [info]=1 [warn]=2 [error]=3)

log_debug() { log_write DEBUG "$1"; }
log_info() { log_write INFO "$1"; }
log_warn() { log_write WARN "$1"; }
log_error() { log_write ERROR "$1"; }

# log_write LEVEL MESSAGE
log_write() {
  local level=$1 message=$2 time
  ((log_ranks[${level,,}] >= log_ranks[${LOG_LEVEL:-info}])) || return 0
  TZ=UTC printf -v time '%(%Y-%m-%dT%H:%M:%SZ)T' -1
  # What others print, or are called, is not to move the cursor of whoever reads it.
  [[ $message != *[[:cntrl:]]* ]] || message=${message//[$'\x01'-$'\x08'$'\x0b'-$'\x1f'$'\x7f']/?}
  # Without a Node there is nobody to make JSON of it.
  if [[ ${LOG_FORMAT:-text} == json && -n ${node_command[*]:-} ]]; then
    log_record "$time" "${level,,}" "$log_scope" "$message"
  else
    printf '%s %-5s %s: %s\n' "$time" "$level" "$log_scope" "${message//$'\n'/$'\n'    }" >&2
  fi
}

# log_record TIME LEVEL SCOPE MESSAGE: a line for src/log.ts, which makes JSON of it: the pump, or where there is none, one for this line.
log_record() {
  local record
  printf -v record '\x1e%s\x1f%s\x1f%s\x1f%s' "$1" "$2" "$3" "${4//$'\n'/$'\x1d'}"
  if [[ -n $log_pump_pid ]]; then
    printf '%s\n' "$record" >&2
  else
    worker_try log.ts line <<<"$record" >&2
  fi
}

# log_file LEVEL FILE: what a program printed, line by line.
log_file() {
  local level=$1 file=$2 line
  while IFS= read -r line || [[ -n $line ]]; do
    log_write "$level" "$line"
  done <"$file"
}

# log_open FILE: from here on stderr, ours and that of everything we start, goes to the file and to the terminal.
log_open() {
  mkdir -p "${1%/*}" || return $?
  # The file is opened here, so that a directory without room or rights fails the run at once.
  exec {log_file_fd}>>"$1" {log_terminal_fd}>&2 || return $?
  if [[ ${LOG_FORMAT:-text} == json ]]; then
    exec 2> >(lock_leave && events_leave && worker_become log.ts pump "$log_file_fd" "$log_terminal_fd" 2>/dev/null)
  else
    exec 2> >(lock_leave && events_leave && log_pump "$log_file_fd" "$log_terminal_fd")
  fi
  log_pump_pid=$!
  exec {log_stdout_fd}>&1 {log_stderr_fd}>&2
  exec {log_file_fd}>&-
}

# log_close: waits until the last line is written.
log_close() {
  [[ -n $log_pump_pid ]] || return 0
  # The pump ends with this line, and not only when everybody else has closed the pipe.
  printf '%s\n' "$log_end" >&2
  exec 2>&"$log_terminal_fd" {log_stderr_fd}>&-
  local waited
  for ((waited = 0; waited < 60; waited++)); do
    kill -0 "$log_pump_pid" 2>/dev/null || break
    # As a rule it has gone in a moment, and five seconds are enough.
    if ((waited < 10)); then sleep 0.01; else sleep 0.1; fi
  done
  log_pump_pid=
}

# log_restore: for what a trap says. It may run while the output of a command is redirected, and would speak into that.
log_restore() {
  [[ -z $log_pump_pid ]] || exec 1>&"$log_stdout_fd" 2>&"$log_stderr_fd"
}

# log_leave: in a subshell, closes the way to the terminal past the log.
log_leave() {
  [[ -z $log_terminal_fd ]] || exec {log_terminal_fd}>&- {log_stdout_fd}>&- {log_stderr_fd}>&-
}

# log_pump FILE_FD TERMINAL_FD: copies lines from stdin to both, secrets masked. It ends when the last writer has gone,
# not with a signal meant for the run, so nothing said about the signal is lost.
log_pump() {
  trap '' INT TERM HUP PIPE
  exec 2>/dev/null
  local file_fd=$1 terminal_fd=$2 line level=info style
  local -a secrets=()
  log_secrets
  style=$(log_style "$terminal_fd")
  while IFS= read -r line || [[ -n $line ]]; do
    [[ $line != "$log_end" ]] || break
    [[ ! $line =~ $log_remark ]] || continue
    log_mask
    log_level_of
    # A full disk must not end the pump: the run would die of a broken pipe instead of its own error. (PIPE is ignored for
    # the same reason: the terminal may have been closed.)
    printf '%s\n' "$line" >&"$file_fd" || true
    if ((log_ranks[$level] >= log_ranks[${LOG_TERMINAL_LEVEL:-debug}])); then
      log_show >&"$terminal_fd" || true
    fi
  done
}

# log_secrets: fills `secrets` of the caller with the values that must not be shown.
log_secrets() {
  local name
  for name in ${SECRET_VARIABLES:-}; do
    # Masking a value of one or two characters would hide the message and protect nothing.
    [[ ${!name:-} != ????* ]] || secrets+=("${!name}")
  done
}

# log_mask: masks `secrets` in the caller's `line`.
log_mask() {
  local secret
  for secret in "${secrets[@]}"; do
    line=${line//"$secret"/*****}
  done
}

# log_masked TEXT: prints it without secrets.
log_masked() {
  local line=$1
  local -a secrets=()
  log_secrets
  log_mask
  printf '%s' "$line"
}

# log_is_screen: whether the log is shown on a terminal on which progress is drawn too.
log_is_screen() {
  [[ -n $log_terminal_fd && -t $log_terminal_fd && ${TERM:-dumb} != dumb && ${LOG_TERMINAL_LEVEL:-debug} == debug ]]
}

# log_level_of: sets the caller's `level` from its `line`; a line that has none continues the one before.
log_level_of() {
  if [[ $line =~ ^[0-9:TZ-]+\ (DEBUG|INFO|WARN|ERROR)\  ]]; then
    level=${BASH_REMATCH[1],,}
  fi
}

# log_style TERMINAL_FD: prints how its lines look: journal, colour, terminal or plain.
log_style() {
  if [[ -n ${JOURNAL_STREAM:-} && $(stat -L -c %d:%i "/proc/self/fd/$1") == "$JOURNAL_STREAM" ]]; then
    printf journal
  elif [[ ! -t $1 || ${TERM:-dumb} == dumb ]]; then
    printf plain
  elif [[ -n ${NO_COLOR:-} ]]; then
    printf terminal
  else
    printf colour
  fi
}

# log_show: prints the caller's `line` in its `style`. On a terminal it takes the place of the progress that may stand there
# (src/common/terminal-block.ts), which is drawn anew below it.
log_show() {
  case $style:$level in
  journal:debug) printf '<7>%s\n' "$line" ;;
  journal:warn) printf '<4>%s\n' "$line" ;;
  journal:error) printf '<3>%s\n' "$line" ;;
  journal:*) printf '<6>%s\n' "$line" ;;
  colour:warn) printf '\r\e[J\e[33m%s\e[0m\n' "$line" ;;
  colour:error) printf '\r\e[J\e[31m%s\e[0m\n' "$line" ;;
  colour:* | terminal:*) printf '\r\e[J%s\n' "$line" ;;
  *) printf '%s\n' "$line" ;;
  esac
}
