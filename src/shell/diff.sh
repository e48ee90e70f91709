# shellcheck shell=bash
# What changed from one backup to another. Only what a backup recorded is needed, and extracted, of each.

# diff_run FROM [TO]: FROM and TO are sources as --archive takes them; TO is the newest archive unless given.
diff_run() {
  local -a sides=()
  restore_configure
  run_scratch
  worker_call diff.ts files >"${run_dir:?}/diff-patterns"
  diff_provide from "$1"
  diff_provide to "${2:-latest}"
  worker_print diff.ts "${sides[@]}"
}

# diff_provide from|to SOURCE: adds where its facts are to the caller's `sides`.
diff_provide() {
  local directory=${run_dir:?}/$1
  source_choose "$2"
  if source_is_archive; then
    mkdir -- "$directory"
    # A pattern that finds nothing, as in a backup without the component, is no error; a path would be.
    log_info "Reading what ${source_name:?} recorded"
    extract_files "$source_name" "$directory" --patterns-from "$run_dir/diff-patterns"
  else
    # A backup under way must not replace it meanwhile.
    [[ -n ${lock_fd:-} ]] || lock_acquire
    source_provide
    directory=${source_generation:?}
  fi
  sides+=("--$1" "$directory" "--$1-source" "$source_name")
}
