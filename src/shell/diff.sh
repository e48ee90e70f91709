# shellcheck shell=bash
# What needs only what a backup recorded, and of an archive extracts nothing else: what changed from one to another, and what a
# restore leaves out.

# diff_run FROM [TO]: FROM and TO are sources as --archive takes them; TO is the newest archive unless given.
diff_run() {
  local -a sides=()
  diff_begin diff
  diff_provide from "$1"
  diff_provide to "${2:-latest}"
  worker_print diff.ts "${sides[@]}"
}

# diff_list_left_out SOURCE: what of it a restore does not bring back.
diff_list_left_out() {
  local -a sides=()
  diff_begin left-out
  diff_provide from "$1"
  worker_print diff.ts left-out "${sides[@]}"
}

# diff_begin diff|left-out: asks which of the recorded facts that needs.
diff_begin() {
  restore_configure
  run_scratch
  worker_call diff.ts files "$1" >"${run_dir:?}/recorded-facts"
}

# diff_provide from|to SOURCE: adds where its facts are to the caller's `sides`.
diff_provide() {
  local directory=${run_dir:?}/$1
  source_choose "$2"
  if source_is_archive; then
    mkdir -- "$directory"
    # A pattern that finds nothing, as in a backup without the component, is no error; a path would be.
    log_info "Reading what ${source_name:?} recorded"
    extract_files "$source_name" "$directory" --patterns-from "$run_dir/recorded-facts"
  else
    # A backup under way must not replace it meanwhile.
    [[ -n ${lock_fd:-} ]] || lock_acquire
    source_provide
    directory=${source_generation:?}
  fi
  sides+=("--$1" "$directory" "--$1-source" "$source_name")
}
