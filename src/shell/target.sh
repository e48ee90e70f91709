# shellcheck shell=bash
# What restore.sh does with a target of the operator's choice. The flags are in variables of restore.sh.

# The components that were chosen, or may be there where all were.
chosen_components=
chosen_everything=yes

# target_restore: a restore over a project: asked for, shown, confirmed.
target_restore() {
  target_begin
  run_step before-restore hooks_run before-restore
  run_step generation source_provide "${wanted[@]}"
  target_leave_out_absent
  worker_flags+=(--generation "${source_generation:?}" "${wanted[@]}" --source "${source_name:?}" --run-id "$RUN_ID")
  run_step confirm worker_run restore.ts confirm "${worker_flags[@]}"
  worker_has_asked
  run_cleanup_add target_mention_resume
  run_remedy_is "restore.sh --resume --confirm $CHOSEN_REFERENCE finishes what it left to be finished, or says that the target is unchanged."
  [[ ${flag_no_safety_backup:?} == yes ]] || run_step safety-backup safety_backup
  run_step restore worker_run restore.ts restore "${worker_flags[@]}" --confirm "${CHOSEN_REFERENCE:?}" "--safety-backup=${safety_made:-}"
  run_step after-restore hooks_run after-restore
}

# target_leave_out_absent: what an archive holds is known once it is extracted. Of what was ticked, or of all, the rest is left out;
# what was typed stays, and is an error.
target_leave_out_absent() {
  local component found kept=
  found=,$(extract_found "$chosen_components"),
  ! components_are_chosen || return 0
  for component in ${chosen_components//,/ }; do
    [[ $found != *",$component,"* ]] || kept+=${kept:+,}$component
  done
  chosen_components=${kept:-$chosen_components}
  wanted=("${wanted[@]/#--components=*/--components=$chosen_components}")
}

# target_continue arm|resume: wakes the cron jobs and webhooks of a target that was restored before, from the backup it was
# restored from; or finishes a restore that broke off.
target_continue() {
  [[ $1 != arm ]] || ! target_can_arm_extract || archive=Extract
  target_begin
  [[ $1 != arm ]] || wanted=("--components=$COMPONENTS_ARM")
  run_step generation source_provide "${wanted[@]}"
  run_step "$1" worker_run restore.ts "$1" --generation "${source_generation:?}" --run-id "$RUN_ID" "${worker_flags[@]}"
}

# target_can_arm_extract: whether of what was extracted last there is something that can be armed.
target_can_arm_extract() {
  local component extracted=''
  [[ ! -f $BORG_EXTRACT_DIR.archive ]] || extracted=$(sed -n 's/^components=//p' "$BORG_EXTRACT_DIR.archive")
  for component in ${COMPONENTS_ARM//,/ }; do
    # Where other components were extracted, what tells whose backup it is may be all there is of this one.
    [[ -n $extracted && ,$extracted, != *",$component,"* ]] || [[ ! -d $BORG_EXTRACT_DIR/$component ]] || return 0
  done
  return 1
}

# target_load FILE: rows of a file into one table of a target.
target_load() {
  target_begin
  run_step load worker_run load.ts --file "$1" --run-id "$RUN_ID" "${worker_flags[@]}"
}

# target_mention_resume: a worker that was killed cannot say itself how to go on.
target_mention_resume() {
  error_is WORKER_DIED || return 0
  ! worker_call run.ts unfinished || log_warn "$(command_typed "restore.sh --resume --confirm $CHOSEN_REFERENCE finishes what the restore left, or says that it left nothing.")"
}

# target_preview: says what a restore, or with --rollback one, would do, and does nothing.
target_preview() {
  run_scratch
  target_choose
  lock_acquire
  source_provide "${wanted[@]}"
  worker_print restore.ts preview --generation "${source_generation:?}" "${wanted[@]}" "${worker_flags[@]}"
}

# target_begin: has source and target chosen, and begins the run. The operator may take the time it takes: the night's backup is
# not kept waiting.
target_begin() {
  run_scratch
  target_choose
  target_require_confirmed
  lock_acquire
  run_begin restore
  [[ ${flag_yes:?} == yes ]] || worker_may_ask
  [[ -z $source_name ]] || run_made "$source_name"
}

# target_require_confirmed: an answer that was given is looked at before hours are spent on the backup; it is not repeated,
# as it may be anything.
target_require_confirmed() {
  local given='The restore was not confirmed'
  if [[ -z ${flag_confirm?} ]]; then
    [[ ${flag_yes:?} == yes ]] || return 0
  elif [[ $flag_confirm == "${CHOSEN_REFERENCE?}" ]]; then
    return 0
  else
    given='What --confirm says is not the reference of the target'
  fi
  error_raise 2 NOT_CONFIRMED "$given, $CHOSEN_REFERENCE. Nothing was changed." "To restore over it, give --confirm $CHOSEN_REFERENCE."
}

# target_choose: source, components and target, by flags or by questions. The target's address goes into the environment.
target_choose() {
  local choice=${run_dir:?}/choice pair status=0
  local -a pairs flags=()
  if [[ ${verb:?} == from-json ]]; then
    flags+=(--target-only)
  elif [[ $archive != Local && $archive != Extract ]]; then
    borg_find
    borg_select_first
    borg_list "$run_dir/archives-0.json"
    flags+=(--archive-list "$run_dir/archives-0.json")
  fi
  if [[ ${flag_rollback:?} == yes ]]; then
    archive=$(safety_to_roll_back_to)
    [[ -n $archive ]] || error_raise 1 ARCHIVE_MISSING "In $BORG_REPO is no backup of a target that was restored over." \
      'There is nothing to roll back to; see restore.sh --list for what can be restored.' || return $?
    worker_flags+=(--rollback)
  fi
  [[ $verb != resume ]] || flags+=(--resume)
  [[ -z $archive || $verb == from-json ]] || flags+=("--archive=$archive")
  if components_are_chosen; then
    flags+=(--only "$(components_list)")
  elif [[ ${flag_yes:?} == yes || $verb == preview ]]; then
    flags+=(--everything)
  fi
  [[ -z ${flag_target?} ]] || flags+=("--target=$flag_target")
  [[ ${flag_over_source:?} == no ]] || flags+=(--over-source)
  [[ $flag_yes == no ]] || worker_flags+=(--yes)
  # With --yes there is nobody to ask.
  if [[ $flag_yes == yes ]]; then
    worker_try interactive.ts "${flags[@]}" </dev/null >"$choice" || status=$?
  else
    worker_try interactive.ts "${flags[@]}" >"$choice" || status=$?
  fi
  mapfile -d '' -t pairs <"$choice"
  rm -- "$choice"
  ((status == 0)) || worker_raise interactive.ts "$status" "${pairs[@]}" || return $?
  for pair in "${pairs[@]}"; do
    case $pair in
    CHOSEN_SOURCE=*) source_choose "${pair#*=}" ;;
    CHOSEN_COMPONENTS=*) chosen_components=${pair#*=} ;;
    CHOSEN_EVERYTHING=*) chosen_everything=${pair#*=} ;;
    *) export "${pair?}" ;;
    esac
  done
  [[ $chosen_everything == yes ]] || wanted+=("--components=$chosen_components")
}
