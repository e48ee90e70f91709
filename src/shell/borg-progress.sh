# shellcheck shell=bash
# How far Borg is. With --progress it draws a line over and over among its other words: those lines are taken out. In a run they go
# into the journal, from which they are drawn on the terminal; where there is none, the log gets one a minute.

# Between two lines in the log.
borg_progress_sec=60

# borg_shows_progress COMMAND: whether it may take hours, and can tell how far it is.
borg_shows_progress() {
  [[ $1 == @(create|extract|check|compact|delete) ]]
}

# borg_progress_filter COMMAND FILE: from stdin puts what is no progress into the file.
borg_progress_filter() {
  local line last=$SECONDS told=-1 create='^[0-9.]+ .?B O [0-9.]+ .?B C [0-9.]+ .?B D ([0-9]+) N'
  local share='^( *[0-9]+(\.[0-9]+)?% [A-Z]|[A-Z][a-z ]+ +[0-9]+(\.[0-9]+)?%$)'
  local phase='^(Initializing cache transaction|Saving (files|chunks) cache|Saving cache config|Calculating total archive size|Finishing)'
  # It ends when Borg has; what Borg says about a signal is still to be kept.
  trap '' INT TERM HUP
  lock_leave
  events_leave
  # Borg begins each such line with a return, or ends it with one.
  stdbuf -o0 tr '\r' '\n' | while IFS= read -r line || [[ -n $line ]]; do
    line=${line%"${line##*[![:space:]]}"}
    [[ -n $line ]] || continue
    if [[ $line =~ $create ]]; then
      borg_progress_show "$1" "${BASH_REMATCH[1]} files, ${line%% O *} read, $(borg_progress_new "$line") new" "$line"
    elif [[ $line =~ $share ]]; then
      borg_progress_show "$1" "${line#"${line%%[![:space:]]*}"}" "$line"
    elif [[ $line =~ $phase ]]; then
      continue
    else
      printf '%s\n' "$line" >>"$2"
    fi
  done
  [[ -z ${run_kind:-} ]] || journal_add borg "${run_phase:?}" "$1" ''
}

# borg_progress_new LINE: prints how much of it the repository did not have.
borg_progress_new() {
  local rest=${1#* C }
  printf '%s' "${rest%% D *}"
}

# borg_progress_show COMMAND TEXT LINE: the line goes into the journal, one a second; the text into the log, one a minute, where
# nothing is drawn. The caller's `told` and `last` say when that was.
borg_progress_show() {
  if [[ -n ${run_kind:-} ]] && ((SECONDS > told)); then
    told=$SECONDS
    journal_add borg "${run_phase:?}" "$1" "$(journal_text "$3")"
  fi
  if ! log_is_screen && ((SECONDS - last >= borg_progress_sec)); then
    last=$SECONDS
    log_info "borg $1: $2"
  fi
}
