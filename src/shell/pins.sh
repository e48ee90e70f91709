# shellcheck shell=bash
# Pins: archives that retention leaves alone, and that are not deleted, until somebody unpins them. Beside a pinned archive the
# repository has an empty one, NAME.pinned, whose comment is the reason. So every machine sees the pin in the list of archives, and the
# archive itself, which must not be lost of all, is not written again.

# A reason goes into one line of restore.sh --list.
readonly pins_longest_reason=200

# pins_has LIST ARCHIVE: whether it is pinned, by the output of `borg list --json`, which json_read has read.
pins_has() {
  grep -qxF -- "$2.pinned" < <(borg_names "$1")
}

# pins_read_reasons LIST: leaves what pins of this project say in LIST.pins, where there are any.
pins_read_reasons() {
  rm -f -- "$1.pins"
  ! grep -q '[.]pinned$' < <(borg_names "$1") ||
    borg_run "$1.pins" list --json --format '{name}{comment}' --glob-archives "$PROJECT_NAME-*.pinned"
}

# pins_set ARCHIVE REASON
pins_set() {
  if [[ $2 == *[[:cntrl:]]* ]] || ((${#2} > pins_longest_reason)); then
    arguments_refuse "--reason is a line of at most $pins_longest_reason bytes." || return $?
  fi
  care_begin
  borg_each pins_set_one "$1" "$2"
  answer_done "$1 is pinned: retention keeps it."
}

# pins_set_one INDEX ARCHIVE REASON: one that is pinned already gets the new reason.
pins_set_one() {
  local list=${run_dir:?}/archives-$1.json status=0
  borg_list "$list" || return $?
  pins_require_own "$list" "$2" || return $?
  ! pins_has "$list" "$2" || pins_delete "$2" || return $?
  # An empty directory is what is archived.
  mkdir -p -- "$run_dir/pin" || return $?
  cd -- "$run_dir/pin" || return $?
  borg_run /dev/null create --comment "$3" "::$2.pinned" . || status=$?
  cd /
  return "$status"
}

# pins_remove ARCHIVE
pins_remove() {
  care_begin
  borg_each pins_remove_one "$1"
  answer_done "$1 is not pinned any more: retention decides about it."
}

# pins_remove_one INDEX ARCHIVE: also where somebody has deleted the archive itself by hand.
pins_remove_one() {
  local list=${run_dir:?}/archives-$1.json
  borg_list "$list" || return $?
  pins_is_left "$list" "$2" || pins_require_own "$list" "$2" || return $?
  ! pins_has "$list" "$2" || pins_delete "$2"
}

# pins_delete ARCHIVE: what little it takes is freed with the next archive that is deleted.
pins_delete() {
  borg_run /dev/null delete "::$1.pinned"
}

# pins_is_left LIST ARCHIVE: whether of an archive of this project's name there is only the pin.
pins_is_left() {
  owner_carries_name "$2" && pins_has "$1" "$2" && ! grep -qxF -- "$2" < <(borg_names "$1")
}

pins_require_own() {
  care_require_own "$1" "$2" 'Retention leaves it alone without a pin.'
}
