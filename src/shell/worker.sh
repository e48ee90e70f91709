# shellcheck shell=bash
# The TypeScript workers: how they are started, and what is said when they cannot be.

node_command=()
# Where the workers lie, and what their names end with; see worker_choose_build.
worker_directory=
worker_extension=
# Whether a worker finished its work, but could not read everything.
worker_degraded=no
# Whether one has a question for the operator, and a terminal to ask it on.
worker_asks=no

# Whether one is under way that holds the lock: it logs itself what ends it.
worker_works=no
# The process of one that was started ahead; see worker_prepare.
worker_prepared=

# worker_may_ask: from here on a worker gets the terminal, if there is one.
worker_may_ask() {
  [[ ! -t 0 ]] || worker_asks=yes
}

# worker_require: finds a Node and the packages, or returns 78.
worker_require() {
  local temporary
  # No program of Node's can start there, and a relative path would be one of somewhere else.
  [[ ${PWD:-} -ef . ]] ||
    error_raise 78 WORKING_DIRECTORY_GONE 'The directory in which this was typed is not there any more.' 'Type: cd /; then the same again, with whole paths.' || return $?
  # Programs are started in other directories than the one that a relative path counts from.
  [[ -z ${TMPDIR:-} || $TMPDIR == /* ]] || export TMPDIR=$PWD/$TMPDIR
  temporary=${TMPDIR:-/tmp}
  limits_raise_files || return $?
  if [[ ! -d $temporary || ! -w $temporary ]]; then
    error_raise 78 TMPDIR_UNUSABLE "The directory for temporary files, $temporary, is not there or may not be written to." \
      "Run: mkdir -p '$temporary'; or set TMPDIR to one that you may write to."
    return $?
  fi
  worker_find ||
    error_raise 78 NODE_PACKAGES_MISSING "The toolkit's JavaScript packages, or a Node of at least ${node_oldest:?}, are not there." \
      "Run: ${root:?}/install.sh --deps"
}

# worker_find: finds a Node and the packages.
worker_find() {
  local node
  ((${#node_command[@]} == 0)) || return 0
  node=$(node_find "${root:?}") || return 1
  [[ -d ${root:?}/node_modules/zod ]] || return 1
  # With these it collects garbage early, and with one arena the C library gives it back: what a worker holds is small, but its
  # memory would grow to several times as much.
  node_command=(env -u NODE_OPTIONS -u NODE_PATH MALLOC_ARENA_MAX=1 "$node" --max-semi-space-size=4 --max-old-space-size=512 --expose-gc)
  worker_choose_build
  # Behind -- Node leaves the arguments alone: it would look for an --env-file itself, and end when there is none.
  node_command+=(--)
}

# worker_choose_build: the workers as they were built, where that is of exactly these sources; else tsx runs the sources.
worker_choose_build() {
  local loader sources
  sources=$(build_sources "$root") || sources=unknown
  worker_directory=$root/build/$sources worker_extension=js
  if [[ -d $worker_directory ]]; then
    # Beside what it is compiled of, where nobody but who may replace that can write.
    worker_set NODE_COMPILE_CACHE "$worker_directory/compiled"
    return $?
  fi
  worker_directory=$root/src worker_extension=ts
  # Given as an address, so what has a meaning in one is escaped.
  loader=${root//%/%25}/node_modules/tsx/dist/esm/index.mjs
  loader=${loader//\#/%23}
  # Without its cache in /tmp, into which any user of the machine could have put code for us to run.
  worker_set TSX_DISABLE_CACHE 1
  node_command+=(--import "file://${loader//\?/%3F}")
}

# worker_set NAME VALUE: puts a variable into the workers' environment.
worker_set() {
  # Behind what env takes away.
  node_command=("${node_command[@]:0:5}" "$1=$2" "${node_command[@]:5}")
}

# worker_path SCRIPT: prints where the worker lies, e.g. of config.ts.
worker_path() {
  printf '%s/%s.%s' "$worker_directory" "${1%.ts}" "$worker_extension"
}

# worker_has_asked: what comes now needs no terminal, and is stopped by signals at once.
worker_has_asked() {
  worker_asks=no
}

# worker_call SCRIPT ARGUMENT...: runs one of the short ones, e.g. config.ts, and returns its exit code. One that died is an error of
# its own.
worker_call() {
  local status=0
  worker_try "$@" || status=$?
  case $status in
  0 | 1 | 2 | 3 | 70 | 75 | 78 | 130 | 143) return "$status" ;;
  *) worker_raise_death "$1" "$status" ;;
  esac
}

# worker_try SCRIPT ARGUMENT...: runs it and returns its exit code, whatever that is. It has our stdin, and a terminal to ask on; a
# signal to us is answered at once, and not only when it has ended.
worker_try() {
  local status=0
  worker_become "$@" <&0 &
  child_watch "$!" || status=$?
  return "$status"
}

# worker_attach SCRIPT ARGUMENT...: runs one that asks questions and answers signals itself: we wait for its end.
worker_attach() {
  "${node_command[@]}" "$(worker_path "$1")" "${@:2}"
}

# worker_raise_death SCRIPT STATUS: raises the error for one that ended with an exit code that is none of ours.
worker_raise_death() {
  set -- "$1" "${2:-1}"
  local how="ended with the unexpected exit code $2"
  # Without room it could not say why; SIGBUS is what a file in memory gets then.
  (($2 > 128 && $2 != 135)) || room_blame || return $?
  (($2 <= 128)) || how="was ended by SIG$(kill -l "$2" 2>/dev/null || printf '%d' "$2")"
  error_raise 1 WORKER_DIED "The worker $1 $how." \
    'What it said last stands above, and in the log; a machine short of memory, or a limit on it (ulimit -a), is the usual cause.'
}

# worker_become SCRIPT ARGUMENT...: turns the subshell it is called in into one.
worker_become() {
  streams_part
  exec "${node_command[@]}" "$(worker_path "$1")" "${@:2}"
}

# worker_pairs SCRIPT ARGUMENT...: fills the caller's `pairs` with what one prints, NUL-separated; or raises its error. It ends with
# us, and what it runs (SECRETS_COMMAND) with it.
worker_pairs() {
  local status=0
  mapfile -d '' -t pairs < <(streams_part && exec setpriv --pdeathsig=TERM -- "${node_command[@]}" "$(worker_path "$1")" "${@:2}")
  wait "$!" || status=$?
  ((status == 0)) || worker_raise "$1" "$status" "${pairs[@]}"
}

# worker_raise SCRIPT EXIT [CODE MESSAGE DETAIL SUGGESTION PHASE]: raises the error that a worker printed in its answer's place; one
# that printed none has died, unless it was interrupted.
worker_raise() {
  if (($# == 7)); then
    error_take "${@:2}" || error_log
  elif (($2 != 130 && $2 != 143)); then
    worker_raise_death "$1" "$2"
    return $?
  fi
  error_exit_with "$2"
}

# worker_run SCRIPT ARGUMENT...: runs a worker to its end, its document in $run_dir/worker.json. Its exit code is one of those
# the scripts promise; 3 is no failure here, but remembered. Where it was prepared, that one is what runs.
worker_run() {
  local status=0 run=child_run_holding_lock
  [[ $worker_asks == no ]] || run=child_run_attached
  worker_works=yes
  if [[ -n $worker_prepared ]]; then
    : >"${run_dir:?}/turn" || return $?
    child_await "$worker_prepared" || status=$?
    worker_prepared=
  else
    rm -f -- "${run_dir:?}/worker.error"
    # In a run it says how far it is by the journal.
    [[ -z ${run_kind:-} ]] || local -x RUN_JOURNAL=$run_dir/journal RUN_PHASE=${run_phase:-} RUN_SCREEN=no
    ! log_is_screen || RUN_SCREEN=yes
    local -x WORKER_ERROR=$run_dir/worker.error RUN_DIRECTORY=$run_dir
    "$run" "${node_command[@]}" "$(worker_path "$1")" "${@:2}" >"${run_dir:?}/worker.json" || status=$?
  fi
  worker_works=no
  case $status in
  0) ;;
  3)
    worker_degraded=yes
    run_degrade
    ;;
  130 | 143)
    # One that was told to end says so; one that did not, somebody else has ended.
    [[ -s $run_dir/worker.error ]] || worker_raise_death "$1" "$status" || return $?
    worker_take_error "$status"
    ;;
  1 | 2 | 75 | 78) worker_take_error "$status" ;;
  *) worker_raise_death "$1" "$status" ;;
  esac
}

# worker_begin NAME PHASE SCRIPT ARGUMENT...: starts one that works beside others; its document is $run_dir/NAME.json, and its error
# in NAME.error. `child_begun` is its process.
worker_begin() {
  local -x RUN_JOURNAL=${run_dir:?}/journal RUN_PHASE=$2 RUN_SCREEN=no WORKER_ERROR=$run_dir/$1.error RUN_DIRECTORY=$run_dir
  ! log_is_screen || RUN_SCREEN=yes
  worker_works=yes
  child_begin events_leave "${node_command[@]}" "$(worker_path "$3")" "${@:4}" >"$run_dir/$1.json"
}

# worker_prepare PHASE SCRIPT ARGUMENT...: starts, while others work, the one that the next worker_run is to run: it loads, and waits
# until $run_dir/turn is there.
worker_prepare() {
  worker_begin worker "$@" --turn "${run_dir:?}/turn"
  worker_prepared=${child_begun:?}
}

# worker_rests: those that worked side by side have ended.
worker_rests() {
  worker_works=no
}

# worker_take_error EXIT [FILE]: what a worker that failed has said of it, in log and document, is the script's error too; returns
# EXIT.
worker_take_error() {
  local file=${2:-${run_dir:?}/worker.error}
  local -a fields=()
  [[ ! -s $file ]] || mapfile -d '' -t fields <"$file"
  if ((${#fields[@]} == 5)); then error_take "$1" "${fields[@]}"; else error_exit_with "$1"; fi
}

# worker_stop SIGNAL EXIT: stops those under way; returns 1 unless one said itself that it was interrupted.
worker_stop() {
  local file
  # With its status: within a trap, return alone has the one from before the trap.
  [[ $worker_works == yes ]] || return 1
  child_stop "$1"
  for file in "${run_dir:?}/worker.error" "$run_dir"/component-*.error; do
    [[ -s $file ]] || continue
    # It returns the exit code of the error that it takes.
    worker_take_error "$2" "$file" || true
    ! error_is INTERRUPTED || return 0
  done
  return 1
}

# worker_print SCRIPT ARGUMENT...: runs a worker to its end and prints what it says: lines for people, or with --json its
# document, also of a failure.
worker_print() {
  local status=0
  local -a flags=()
  [[ ${output_json:?} == no ]] || flags+=(--json)
  worker_run "$@" "${flags[@]}" || status=$?
  if [[ $output_json == yes ]]; then
    answer_document "$(<"${run_dir:?}/worker.json")"
  elif ((status == 0)); then
    terminal_say "$(<"${run_dir:?}/worker.json")" || return $?
  fi
  return "$status"
}

# worker_was_degraded: whether it left something out.
worker_was_degraded() {
  [[ $worker_degraded == yes ]]
}
