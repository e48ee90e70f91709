# shellcheck shell=bash
# Every change an installation makes goes through here: it is said in one line, and with --dry-run only said.

# change WHAT COMMAND...: does it. WHAT is an order: "start the timers".
change() {
  if [[ ${flag_dry_run:?} == yes ]]; then
    printf 'would  %s\n' "$1"
    return $?
  fi
  "${@:2}" || return $?
  printf 'done   %s\n' "$1"
}

# change_file WHAT FILE MODE: makes the file hold what stdin says.
change_file() {
  local what=$1 file=$2 mode=$3 new=${scratch:?}/new
  cat >"$new"
  if cmp -s "$new" "$file" && [[ $(stat -c %a "$file") == "$mode" ]]; then
    printf 'as is  %s: %s\n' "$what" "$file"
  else
    change "write $what: $file" change_replace "$new" "$file" "$mode"
  fi
}

# change_replace NEW FILE MODE: through a sibling, so that nobody reads half a file.
change_replace() {
  mkdir -p "${2%/*}" && install -m "$3" "$1" "$2.new" && mv -f "$2.new" "$2"
}

# change_remove PATH...: removes those that are there.
change_remove() {
  local path
  for path in "$@"; do
    [[ -e $path || -L $path ]] || continue
    change "remove $path" rm -rf -- "$path" || return $?
  done
}

# change_confirm QUESTION: whether the answer is yes. With --yes nobody is asked; without a terminal the answer is no.
change_confirm() {
  local answer=
  [[ ${flag_yes:?} == no ]] || return 0
  [[ -t 0 ]] || return 1
  read -r -p "$1 [y/N] " answer
  [[ ${answer,,} == y || ${answer,,} == yes ]]
}

# change_confirm_typed NAME: whether that is typed. With --yes nobody is asked; without a terminal the answer is no.
change_confirm_typed() {
  local answer=
  [[ ${flag_yes:?} == no ]] || return 0
  [[ -t 0 ]] || return 1
  read -r -p "Type $1 to remove all of it: " answer
  [[ $answer == "$1" ]]
}
