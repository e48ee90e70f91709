# shellcheck shell=bash
# What happens in a run, a line each time, in plain fields between tabs: see src/run/records.ts, where it is read. The workers
# append to the same file, $run_dir/journal, lines of their own.

# journal_add KIND FIELD...: appends a record; each is one write, so that records of two processes do not mix.
journal_add() {
  local record
  printf -v record '\t%s' "$EPOCHREALTIME" "${@:2}"
  record=${record//$'\n'/ }
  # Without the shell's own remark where there is no room: the run's error says it.
  { printf '%s%s\n' "$1" "$record" >>"${run_dir:?}/journal"; } 2>/dev/null
}

# journal_text TEXT: prints it as one field.
journal_text() {
  printf '%s' "${1//[$'\t\n']/ }"
}

# journal_begin: the first record: what the run is, and which process it is.
journal_begin() {
  journal_add begin "${run_kind:?}" "$RUN_ID" "$PROJECT_NAME" "${run_started:?}" "$$" "$(journal_process_start)"
}

# journal_process_start: prints when the kernel started this script, in clock ticks since boot. The numbers of processes are used
# again, so a number alone does not name one. What stands before the last parenthesis is the program's name.
journal_process_start() {
  local stat
  local -a fields
  stat=$(</proc/$$/stat)
  read -ra fields <<<"${stat##*) }"
  printf '%s' "${fields[19]}"
}
