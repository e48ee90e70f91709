# shellcheck shell=bash
# The size of Borg's chunks. Small ones halve what a night of small changes adds to the repository, and cost the client about
# 200 MB of memory per million chunks; between two sizes nothing is deduplicated. So it is chosen once, by the size of the
# first generation, recorded, and never changed.

# Those of this run's archives.
# shellcheck disable=SC2034 # of src/shell/borg.sh
chunker_parameters=

# chunker_choose DIRECTORY [passing]: sets the parameters for this project, and sees to it that $STATE_DIR/chunker holds them, unless
# the directory is no measure of the project.
chunker_choose() {
  local parameters='' megabytes
  if [[ -s $STATE_DIR/chunker ]]; then
    # shellcheck disable=SC2034 # of src/shell/borg.sh
    chunker_parameters=$(<"$STATE_DIR/chunker")
    return $?
  fi
  borg_each chunker_read_archive || return $?
  if [[ -z $parameters ]]; then
    megabytes=$(du --summarize --apparent-size --block-size=1M -- "$1" | cut -f1)
    parameters=$(chunker_for_size "$megabytes")
  fi
  # shellcheck disable=SC2034 # of src/shell/borg.sh
  chunker_parameters=$parameters
  [[ -z ${2:-} ]] || return 0
  log_info "Chunks of this project's archives from now on: $parameters"
  printf '%s\n' "$parameters" >"$STATE_DIR/chunker.tmp"
  mv -T -- "$STATE_DIR/chunker.tmp" "$STATE_DIR/chunker"
}

# chunker_for_size MEGABYTES: prints Borg's parameters for chunks of 8 KiB, 64 KiB or 2 MiB.
chunker_for_size() {
  if (($1 < 10000)); then
    printf 'buzhash,10,23,13,4095'
  elif (($1 < 200000)); then
    printf 'buzhash,10,23,16,4095'
  else
    printf 'buzhash,19,23,21,4095'
  fi
}

# chunker_read_archive INDEX: sets `parameters` of chunker_choose to what the project's newest archive there was made with, for
# a machine that has no record, e.g. after the loss of the first.
chunker_read_archive() {
  local newest
  newest=$(borg_own_names "${run_dir:?}/archives-$1.json" | tail -n 1)
  [[ -n $newest && -z $parameters ]] || return 0
  borg_run "${run_dir:?}/newest.json" info --json "::$newest" || return $?
  json_read "$run_dir/newest.json" || return $?
  parameters=$(json_facts chunker "$run_dir/newest.json")
  [[ $parameters =~ ^buzhash(,[0-9]+)+$ ]] || parameters=
}
