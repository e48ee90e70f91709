# shellcheck shell=bash
# What can be backed up or restored on its own, and the choice among it.

components=(database storage)
readonly -a components_all=("${components[@]}")
# Whether the choice was the operator's.
components_chosen=no

# components_choose only|skip LIST...: narrows `components` by each.
components_choose() {
  local list
  for list in "${@:2}"; do
    components_chosen=yes
    components_select "$1" "$list" || return
  done
}

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

# components_are_chosen: whether the operator named some, by themselves or by a part of one.
components_are_chosen() {
  [[ $components_chosen == yes ]]
}
