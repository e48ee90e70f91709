# shellcheck shell=bash
# Flags: what the scripts' argument loops share. A script's flags are those its help text shows.

# Of `backup.sh … borg ARGUMENT...`.
borg_arguments=()

# arguments_take_borg ARGUMENT...: fills `arguments` with those before the word borg, which the script reads itself; what comes
# behind it is Borg's, and left as it is.
arguments_take_borg() {
  arguments=()
  while (($#)); do
    if [[ $1 == borg ]]; then
      # shellcheck disable=SC2034 # the script's
      verb_flag=borg verb=borg borg_arguments=("${@:2}")
      return
    fi
    arguments+=("$1")
    if [[ $1 == @(-e|--env-file|-p|--project|--repository) && $# -gt 1 ]]; then
      arguments+=("$2")
      shift
    fi
    shift
  done
}

# arguments_split ARGUMENT...: fills `arguments` with them, `--flag=value` as two.
arguments_split() {
  local argument
  arguments=()
  for argument in "$@"; do
    if [[ $argument == --*=* ]]; then
      arguments+=("${argument%%=*}" "${argument#*=}")
    else
      arguments+=("$argument")
    fi
  done
}

# arguments_choose_verb FLAG: sets `verb` of the script; two different ones do not go together.
arguments_choose_verb() {
  if [[ -n ${verb_flag:=$1} && $verb_flag != "$1" ]]; then
    arguments_refuse "$verb_flag and $1 do not go together."
    return
  fi
  # shellcheck disable=SC2034 # the script's
  verb=${1#--}
}

# arguments_print_version: the toolkit's.
arguments_print_version() {
  sed -n 's/^  "version": "\(.*\)",$/\1/p' "${root:?}/package.json"
}

# arguments_unknown FLAG HELP_FILE: says so, with the flag that was probably meant; returns 2.
arguments_unknown() {
  local flag distance best='' least=4
  while read -r flag; do
    distance=$(arguments_distance "$1" "$flag")
    ((distance >= least)) || { least=$distance best=$flag; }
  done < <(grep -oE -- '--[a-z-]+' "$2" | sort -u)
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

# arguments_distance FROM TO: prints the number of letters to insert, delete or replace to get from one to the other.
arguments_distance() {
  local from=$1 to=$2 row column cost least
  local -a last current
  for ((column = 0; column <= ${#to}; column++)); do last[column]=$column; done
  for ((row = 1; row <= ${#from}; row++)); do
    current=("$row")
    for ((column = 1; column <= ${#to}; column++)); do
      cost=1
      [[ ${from:row-1:1} != "${to:column-1:1}" ]] || cost=0
      least=$((last[column - 1] + cost))
      ((last[column] + 1 >= least)) || least=$((last[column] + 1))
      ((current[column - 1] + 1 >= least)) || least=$((current[column - 1] + 1))
      current[column]=$least
    done
    last=("${current[@]}")
  done
  printf '%d' "${last[${#to}]}"
}

# arguments_long FLAG: prints the long form of a flag that has a short one.
arguments_long() {
  case $1 in
  -e) printf -- --env-file ;;
  -p) printf -- --project ;;
  *) printf '%s' "$1" ;;
  esac
}

# arguments_is_project_name NAME: the rule of src/config/project-name.ts.
arguments_is_project_name() {
  [[ $1 =~ ^[A-Za-z0-9][A-Za-z0-9._-]*$ && ${#1} -le 100 && $1 != *-before-restore ]]
}
