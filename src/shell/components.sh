# shellcheck shell=bash
# What can be backed up or restored on its own, and the choice among it.

components=(database storage)
readonly -a components_all=("${components[@]}")

# components_select only|skip LIST: narrows `components`; returns 2 for a name that is none.
components_select() {
  local component
  local -a named kept=()
  read -ra named <<<"${2//,/ }"
  for component in "${named[@]}"; do
    [[ " ${components_all[*]} " != *" $component "* ]] || continue
    arguments_refuse "there is no component \"$component\". The components are: ${components_all[*]}."
    return
  done
  for component in "${components[@]}"; do
    case $1:" ${named[*]} " in
    only:*" $component "*) kept+=("$component") ;;
    only:*) ;;
    skip:*" $component "*) ;;
    skip:*) kept+=("$component") ;;
    esac
  done
  components=("${kept[@]}")
  ((${#components[@]} == 0)) || return 0
  arguments_refuse "that leaves no component."
}

# components_list: prints them, separated by commas.
components_list() {
  local IFS=,
  printf '%s' "${components[*]}"
}

# components_include COMPONENT: whether it was chosen.
components_include() {
  [[ " ${components[*]} " == *" $1 "* ]]
}
