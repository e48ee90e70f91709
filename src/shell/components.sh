# shellcheck shell=bash
# What can be backed up or restored on its own. The list, and what --only and --skip leave of it, come with the configuration
# (src/components/list.ts); this file knows no component by its name.

# Those of this command.
components=()
# Every one.
components_all=()
# Those that a backup is made without, as the settings lack for them.
components_unconfigured=()
# Those whose unfinished backup is of use to the next.
components_salvaged=()
# Those whose backup failed.
components_failed=()
# --only and --skip, for config.ts.
components_flags=()
# Whether the choice was the operator's.
components_chosen=no

# components_choose only|skip LIST...: notes what the flag says; config.ts refuses a name that is none.
components_choose() {
  local list
  for list in "${@:2}"; do
    components_chosen=yes
    components_flags+=("--$1" "$list")
  done
}

# components_call FUNCTION ARGUMENT...: calls it with --only and --skip behind the arguments.
components_call() {
  "$@" "${components_flags[@]}"
}

# components_are_salvaged COMPONENT: whether its unfinished backup is of use to the next.
components_are_salvaged() {
  [[ " ${components_salvaged[*]} " == *" $1 "* ]]
}

# components_take: reads the list that config.ts has put into the environment.
components_take() {
  # shellcheck disable=SC2034 # for other files
  IFS=' ' read -ra components_all <<<"${COMPONENTS_ALL:?}"
  IFS=' ' read -ra components_salvaged <<<"${COMPONENTS_SALVAGED:-}"
  IFS=' ' read -ra components_unconfigured <<<"${COMPONENTS_UNCONFIGURED:-}"
  IFS=' ' read -ra components <<<"${COMPONENTS:?}"
}

# components_list: prints those of this command, separated by commas.
components_list() {
  local IFS=,
  printf '%s' "${components[*]}"
}

# components_unconfigured_list: prints those that a backup is made without, separated by commas.
components_unconfigured_list() {
  local IFS=,
  printf '%s' "${components_unconfigured[*]}"
}

# components_include COMPONENT: whether it was chosen.
components_include() {
  [[ " ${components[*]} " == *" $1 "* ]]
}

# components_are_chosen: whether the operator named some, by themselves or by a part of one.
components_are_chosen() {
  [[ $components_chosen == yes ]]
}

# components_back_up GENERATION PHASE_PREFIX BESIDE NEXT [FLAG]...: backs each one up by a worker of its own, side by side, each a step
# with its own time and name, while BESIDE, a function, if any, does what is to be done meanwhile. NEXT, another, is called when the
# first has ended and others have not, to prepare what comes then. A component that fails does not stop the others, and is noted in
# `components_failed`; where all fail, this does.
components_back_up() {
  local component prefix=$2 next=$4 status=0
  local -A component_of=() begun=()
  components_failed=()
  rm -f -- "${run_dir:?}"/component-* "$run_dir/snapshot-at"
  for component in "${components[@]}"; do
    begun[$component]=${EPOCHREALTIME/./}
    journal_add phase begin "$prefix$component"
    worker_begin "component-$component" "$prefix$component" "$component.ts" backup --generation "$1" --run-directory "$run_dir" \
      --components "$(components_list)" "${@:5}"
    component_of[${child_begun:?}]=$component
  done
  # Not where its status is looked at: what fails in it is to end the run, and with it the workers.
  ${3:+"$3"}
  for _ in "${components[@]}"; do
    status=0
    child_wait_any "${!component_of[@]}" || status=$?
    component=${component_of[${child_ended:?}]}
    unset "component_of[$child_ended]"
    components_note_end "$component" "$prefix" "${begun[$component]}" "$status" || return $?
    [[ -z $next ]] || ((${#component_of[@]} == 0)) || "$next"
    next=
  done
  worker_rests
  ((${#components_failed[@]} == 0)) || run_degrade
  ((${#components_failed[@]} < ${#components[@]})) || components_raise
}

# components_note_end COMPONENT PHASE_PREFIX BEGUN EXIT: notes how and when its worker ended; returns the exit code of one that was
# interrupted, which ends the run.
components_note_end() {
  local ended=${EPOCHREALTIME/./} micros document=${run_dir:?}/component-$1.json note=$run_dir/component-$1.exit
  # Its document is the last that a worker writes; that it has ended may have been seen later.
  [[ ! -s $document ]] || ended=$(stat -c %.6Y -- "$document") ended=${ended/./}
  micros=$((ended - $3))
  if ! { printf '%d\n' "$4" >"$note.new"; } 2>/dev/null; then
    # Without it nobody knows what is in the generation.
    room_blame || return $?
    return 1
  fi
  mv -- "$note.new" "$note"
  printf -v micros '%d.%06d' $((micros / 1000000)) $((micros % 1000000))
  journal_add phase end "$2$1" "$micros"
  case $4 in
  0 | 3) ;;
  130 | 143)
    child_stop
    worker_take_error "$4" "$run_dir/component-$1.error"
    ;;
  *) components_failed+=("$1") ;;
  esac
}

# components_all_done: returns 0 unless one has failed; then its error.
components_all_done() {
  ((${#components_failed[@]} == 0)) || components_raise
}

# components_raise: raises the error of the first that failed, in the order of work.
components_raise() {
  local component status
  for component in "${components[@]}"; do
    [[ " ${components_failed[*]} " == *" $component "* ]] || continue
    status=$(<"${run_dir:?}/component-$component.exit")
    case $status in
    1 | 2 | 75 | 78) worker_take_error "$status" "$run_dir/component-$component.error" || return $? ;;
    esac
    worker_raise_death "$component.ts" "$status"
    return $?
  done
}
