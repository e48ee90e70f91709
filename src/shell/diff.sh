# shellcheck shell=bash
# What needs only what a backup recorded, and of an archive extracts nothing else: what changed from one to another, what one holds,
# and what a restore leaves out.

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

# diff_begin diff|left-out|contents: asks which of the recorded facts that needs.
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

# contents_show SOURCE: what it holds; with --bucket a folder of that, with --table the first rows of that.
# shellcheck disable=SC2154 # flag_table is of restore.sh
contents_show() {
  local -a sides=() flags=("${object_flags[@]}")
  if ((${#flag_table[@]} > 1)); then
    error_raise 2 USAGE '--contents shows the rows of one table.' 'Name one with --table.'
    return $?
  fi
  diff_begin contents
  diff_provide from "$1"
  if ((${#flag_table[@]} == 1)); then
    contents_take_rows
    flags+=("--table=${flag_table[0]}" --rows "$run_dir/rows")
  fi
  worker_print contents.ts "${sides[@]}" "${flags[@]}"
}

# contents_take_rows: the first bytes of a table's data, in $run_dir/rows.
contents_take_rows() {
  local pair file='' bytes=0 status=0 reader words
  local -a pairs
  worker_pairs contents.ts rows-file "${sides[@]}" "--table=${flag_table[0]}"
  for pair in "${pairs[@]}"; do
    case $pair in
    FILE=*) file=${pair#*=} ;;
    BYTES=*) bytes=${pair#*=} ;;
    esac
  done
  if ! source_is_archive; then
    head -c "$bytes" -- "${source_generation:?}/$file" >"${run_dir:?}/rows"
    return $?
  fi
  # Borg ends with an error when nobody takes the rest, which is not needed.
  exec {words}> >(exec head -c "$bytes" >"${run_dir:?}/rows")
  reader=$!
  borg_call "/dev/fd/$words" extract --stdout "::${source_name:?}" "$file" || status=$?
  exec {words}>&-
  wait "$reader" || true
  ((status == 0 || $(stat -c %s -- "$run_dir/rows") == bytes)) || borg_explain "$status"
}
