# shellcheck shell=bash
# Arguments, as all commands take them. Which flags there are, and what each sets, stands in src/shell/flags/<command>.sh, which is
# made from the table of flags (src/flags); the script has sourced it as well.

# The long forms of those that were given.
declare -A flags_given=()

# arguments_parse ARGUMENT...: sets what the flags of the command set; returns 2 for what is none, and for what does not go together.
arguments_parse() {
  local name flag takes
  local -a values
  flags_begin
  while (($#)); do
    if [[ $1 == -- ]]; then
      # Behind it stands no flag; a word that takes the rest may.
      [[ ${2:-} != -* ]] || arguments_unknown "$2" || return $?
      shift
      continue
    fi
    name=$1
    [[ $1 != --*=* ]] || name=${1%%=*}
    flags_know "$name" || arguments_unknown "$name" || return $?
    values=()
    case $takes:$1 in
    none:"$name") ;;
    none:*) arguments_refuse "$name takes no value." || return $? ;;
    rest:*) values=("${@:2}") && set -- "$1" ;;
    *:"$name")
      (($# > 1)) || arguments_missing "$name" || return $?
      values=("$2")
      shift
      ;;
    *) values=("${1#*=}") ;;
    esac
    shift
    if [[ $takes == two && ${1:--} != -* ]]; then
      values+=("$1")
      shift
    fi
    flags_given[$flag]=yes
    flags_set "$flag" "${values[@]}" || return $?
  done
  flags_check
}

# arguments_include FLAG ARGUMENT...: whether the flag, a switch, is among them and no value of another, be they wrong or not.
arguments_include() {
  local wanted=$1 flag takes
  while shift && (($#)); do
    flags_know "$1" || continue
    [[ $flag != "$wanted" ]] || return 0
    case $takes in
    one | two) (($# < 2)) || shift ;;
    rest) break ;;
    esac
  done
  return 1
}

# arguments_given FLAG: whether it was.
arguments_given() {
  [[ -n ${flags_given[$1]:-} ]]
}

# arguments_choose_verb FLAG [OTHER]: sets `verb` of the script; two different ones do not go together, but FLAG with OTHER, which is
# then what is done, whichever of them comes first.
arguments_choose_verb() {
  [[ ${2:-} != "${verb_flag:=$1}" ]] || return 0
  if [[ $verb_flag != "$1" && ${verb_beside?} != "$1" ]]; then
    arguments_refuse "$verb_flag and $1 do not go together."
    return $?
  fi
  # shellcheck disable=SC2034 # the script's
  verb_flag=$1 verb_beside=${2:-} verb=${1#--}
}

# arguments_go_with FLAG WHAT VERB...: refuses the flag unless one of the verbs is done.
arguments_go_with() {
  ! arguments_given "$1" || [[ " ${*:3} " == *" $verb "* ]] || arguments_refuse "$1 goes with $2."
}

# arguments_require FLAG OTHER [VALUE]: refuses the one without the other.
arguments_require() {
  ! arguments_given "$1" || arguments_given "$2" || arguments_refuse "$1 needs $2${3:+ $3}."
}

# arguments_exclude FLAG OTHER [REASON]: refuses the two together.
arguments_exclude() {
  ! arguments_given "$1" || ! arguments_given "$2" || arguments_refuse "$1 does not go with $2${3:+, $3}."
}

# arguments_print_usage: what --help prints.
arguments_print_usage() {
  terminal_print_filled "${root:?}/src/shell/usage/${flags_command:?}.txt" 120
}

# arguments_print_version: the toolkit's.
arguments_print_version() {
  output_write "$(<"${root:?}/src/shell/version.txt")"
}

# arguments_unknown FLAG: says so, with the flag that was probably meant where a worker can be asked; returns 2.
arguments_unknown() {
  local best
  # The flag is refused either way; without an answer nothing is proposed.
  best=$({ worker_require && worker_call flags.ts suggest "${flags_command:?}" "$1"; } 2>/dev/null) || true
  arguments_refuse "unknown option $1.${best:+ Did you mean $best?}"
}

# arguments_missing FLAG: says that its value is; returns 2.
arguments_missing() {
  arguments_refuse "$1 needs a value."
}

# arguments_refuse MESSAGE: a line without the time and all that the log has; returns 2.
arguments_refuse() {
  error_remember 2 USAGE "$1" 'Try --help.'
  printf '%s: %s Try --help.\n' "${0##*/}" "$1" >&2
  return 2
}

# arguments_is_project_name NAME: the rule of src/config/project-name.ts.
arguments_is_project_name() {
  [[ $1 =~ ^[A-Za-z0-9][A-Za-z0-9._-]*$ && ${#1} -le 100 && $1 != *-before-restore ]]
}
