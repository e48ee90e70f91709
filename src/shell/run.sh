# shellcheck shell=bash
# One run from its log's first line to its report: what backup.sh and restore.sh have in common.

run_kind=
run_dir=
run_phase=
run_started=
run_archive=
# What a run that ends well exits with: 0, or 3 when something was left out.
run_good_exit=0
run_exit=
# What to do after an interruption.
run_remedy='Start it again; nothing is left half done.'
# Functions that put right what an interrupted or failed run leaves half done.
run_cleanups=()

# run_cleanup_add FUNCTION: has it called with the exit code at the run's end.
run_cleanup_add() {
  run_cleanups+=("$1")
}

# run_scratch: for commands that change nothing and leave no report: a directory for what they read. answer_end removes it.
run_scratch() {
  local temporary=${TMPDIR:-/tmp}
  if ! { run_dir=$(mktemp -d "$temporary/supabase-backup.XXXXXX") && head -c "${room_least:?}" /dev/zero >"$run_dir/room"; } 2>/dev/null; then
    room_raise temporary "$temporary"
    return $?
  fi
  rm -- "$run_dir/room"
}

# run_begin KIND: opens the log and sees to it that the run ends in order whatever ends it. Called with the lock held.
run_begin() {
  run_kind=$1
  run_take_id
  run_take_start
  [[ -z $run_dir ]] || rm -rf -- "$run_dir"
  run_dir=
  run_make_directory
  trap run_end EXIT
  trap 'run_interrupted INT 130' INT
  trap 'run_interrupted TERM 143' TERM
  trap 'run_interrupted HUP 143' HUP
  journal_begin
  # What the report is made of; a step that is not reached leaves its own empty.
  touch "$run_dir"/{pruned,worker.json,error-detail}
  log_open "$LOG_DIR/$(run_stamp)-$run_kind.log"
  follower_start
  log_info "$run_kind of the project $PROJECT_NAME, run $RUN_ID"
}

# run_take_id: the run's id is that in RUN_ID, for who starts it to find it by; else one is made. In a hook RUN_ID is the id of the run
# that the hook belongs to.
run_take_id() {
  local given=${RUN_ID:-}
  [[ -z ${HOOK_EVENT:-} ]] || given=
  export RUN_ID=$given
  if [[ -z $given ]]; then
    RUN_ID=$(</proc/sys/kernel/random/uuid)
  elif [[ ! $given =~ ^[A-Za-z0-9][A-Za-z0-9-]{7,63}$ ]]; then
    error_raise 2 RUN_ID_INVALID 'What RUN_ID holds cannot be the id of a run.' \
      'Give it 8 to 64 letters, digits and hyphens, a UUID for instance; or unset RUN_ID.'
  fi
}

# run_require_new_id: an id is of one run. Called when an earlier run that was killed has been reported.
run_require_new_id() {
  local report id
  for report in "$RUNS_DIR"/*-"$RUN_ID".json; do
    # What stands before the id is the start and the kind.
    id=${report##*/} id=${id#*-} id=${id#*-}
    [[ ! -e $report || $id != "$RUN_ID.json" ]] ||
      error_raise 2 RUN_ID_TAKEN "There is a run of the id in RUN_ID already: $report." 'Give each run an id of its own; or unset RUN_ID.' || return $?
  done
}

# run_report_crashed: an earlier run that was killed could not report itself, and the lock says that it is gone: done now,
# unless its unit's alert has done it.
run_report_crashed() {
  worker_call report.ts crashed >/dev/null || log_warn 'An earlier run was killed, and could not be reported either.'
}

# run_take_start: sets the time by which the run's log, generation and archive are named: a second that no run before had, also
# where one was killed and started again at once.
run_take_start() {
  local log
  while :; do
    TZ=UTC printf -v run_started '%(%Y-%m-%dT%H:%M:%SZ)T' -1
    for log in "$LOG_DIR/$(run_stamp)"-*.log; do
      [[ -e $log ]] || return 0
    done
    sleep 0.1
  done
}

# run_make_directory: for what the run's steps hand to each other. What is left of an earlier run that could not tidy up goes: the
# lock says that it is gone.
run_make_directory() {
  local directory=$STATE_DIR/run
  # An earlier version left no mark.
  [[ ! -f $directory/steps || ! -f $directory/findings ]] || : >>"$directory/${ours_file:?}"
  if ! ours_is_free "$directory"; then
    error_raise 78 STATE_NOT_OURS "$directory holds something that this toolkit did not make." "Move it: mv '$directory' '$directory.kept'"
    return $?
  fi
  rm -f -- "$directory/room"
  [[ ! -d $directory ]] || run_report_crashed
  run_require_new_id || return $?
  ours_remove "$directory"
  [[ ! -d $directory ]] || rmdir -- "$directory"
  if ! { mkdir -p -- "$STATE_DIR" "$RUNS_DIR" && ours_make "$directory" && room_keep "$directory"; } 2>/dev/null; then
    # What is there without a journal would be taken for a run that was killed.
    ours_remove "$directory"
    error_raise 78 STATE_UNWRITABLE "The directory for state, $STATE_DIR, takes nothing more: its disk is full, or it may not be written to." \
      "Make room or mend its rights; see: df -h '$STATE_DIR'"
    return $?
  fi
  run_dir=$directory
}

# run_is_awaited: whether somebody watches over runs of this kind, who is told when one begins. Of a drill of a part they are not told
# the end, as it is none of the project: then they must not wait for it.
run_is_awaited() {
  local address=HEALTHCHECKS_URL
  case $run_kind in
  partial) return 1 ;;
  drill) ! components_are_chosen || return 1 ;;&
  check | drill) address=HEALTHCHECKS_${run_kind^^}_URL ;;
  esac
  [[ -n ${!address:-} ]]
}

# run_stamp: prints the run's start as it stands in names: 2026-11-20_03-00-00.
run_stamp() {
  local stamp=${run_started%Z}
  stamp=${stamp/T/_}
  printf '%s' "${stamp//:/-}"
}

# run_step NAME FUNCTION [ARGUMENT...]: one step, timed for the report and named in errors.
run_step() {
  run_phase=$1
  local from=${EPOCHREALTIME/./} micros
  follower_ensure
  journal_add phase begin "$1"
  "${@:2}"
  micros=$((${EPOCHREALTIME/./} - from))
  printf -v micros '%d.%06d' $((micros / 1000000)) $((micros % 1000000))
  journal_add phase end "$1" "$micros"
}

# run_finding SEVERITY KIND MESSAGE: something the report has to say; `degraded` makes the run exit with 3.
run_finding() {
  local message
  message=$(command_typed "$3")
  journal_add finding "$1" "$2" "$(journal_text "$message")"
  case $1 in
  note) log_info "$message" ;;
  *) log_warn "$message" ;;
  esac
  [[ $1 != degraded ]] || run_degrade
}

# run_degrade: something was left out, though the run goes on.
run_degrade() {
  run_good_exit=3
}

# run_made ARCHIVE: its name, for the report and the hooks.
run_made() {
  run_archive=$1
}

# run_is_good: whether nothing has gone wrong so far, and nothing was left out.
run_is_good() {
  ((run_good_exit == 0))
}

# run_remedy_is TEXT: from here on this is what to do after an interruption.
run_remedy_is() {
  run_remedy=$1
}

# run_interrupted SIGNAL EXIT
run_interrupted() {
  log_restore
  child_end_watched "$1"
  # One error is enough, and a worker knows best what it leaves behind.
  if worker_stop "$1" "$2"; then exit "$2"; fi
  error_raise "$2" INTERRUPTED "The run was interrupted by SIG$1." "$run_remedy" || exit "$2"
}

# run_end: the EXIT trap. Nothing in here may end it early, so errexit is off, and signals no longer count.
run_end() {
  local status=$? cleanup
  set +e
  log_restore
  trap '' INT TERM HUP
  trap - EXIT
  # An exit code that no step of ours chose, e.g. of a program that failed unexpectedly, promises nothing but a failure.
  if ((status == 0)); then
    run_exit=$run_good_exit
  else
    run_exit=${error_exit:-1}
    # The workers that are stopped now need not tell of it.
    : >"$run_dir/failed"
  fi
  child_stop
  room_give_back
  for cleanup in "${run_cleanups[@]}"; do
    "$cleanup" "$run_exit"
  done
  if ((run_exit != 0 && run_exit != 3)); then
    room_blame_for "$run_exit"
    error_settle "$run_exit"
    hooks_run on-failure
  fi
  log_info "Ended with exit code $run_exit"
  run_report
  log_close
  lock_tidy
  [[ -z $run_dir ]] || rm -rf -- "$run_dir"
  exit "$(output_exit "$run_exit")"
}

# run_report: writes the run's report and prints its summary, or with --json the report. Nothing is said of a success that
# --quiet does not want to hear of: cron mails whatever is printed.
run_report() {
  local -a arguments=(finish --kind "$run_kind" --run-id "$RUN_ID"
    --started "$run_started" --exit-code "$run_exit" --worker "$run_dir/worker.json" --journal "$run_dir/journal"
    --pruned "$run_dir/pruned" --error-detail "$run_dir/error-detail")
  local file status=0
  for file in "$run_dir"/component-*.json; do
    [[ ! -s $file ]] || arguments+=(--part "$file")
  done
  for file in "$run_dir"/created-*.json; do
    [[ ! -s $file ]] || arguments+=(--borg "$file")
  done
  [[ -z $run_archive ]] || arguments+=(--archive "$run_archive")
  [[ ! -s $run_dir/asked ]] || arguments+=(--asked "$run_dir/asked")
  partial_report
  [[ -z $run_phase ]] || arguments+=(--phase "$run_phase")
  error_add_arguments
  file=$(borg_first_list)
  [[ ! -s $file ]] || arguments+=(--archive-list "$file")
  [[ ${LOG_TERMINAL_LEVEL:-debug} == debug || $run_exit != 0 ]] || arguments+=(--quiet)
  [[ ${output_json:?} == no ]] || arguments+=(--json)
  follower_finish "${arguments[@]}" || status=$?
  ((status == 0)) || log_warn 'The report of this run could not be written, or not be shown.'
  ((status > 2)) || answer_is_given
  # Who asked for a document has none; a summary that is lost is in the report.
  ((status != 2)) || [[ ${output_json:?} == no ]] || output_is_lost
  answer_outcome "$run_exit"
}
