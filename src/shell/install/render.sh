# shellcheck shell=bash
# Fills in templates. Values are put in as they are, never run; a placeholder nobody filled is an error.

# render FILE NAME=VALUE...: prints the template with every @NAME@ replaced by its value.
render() {
  local text pair
  text=$(<"$1")
  for pair in "${@:2}"; do
    text=${text//"@${pair%%=*}@"/"${pair#*=}"}
  done
  if [[ $text =~ @[A-Z_]+@ ]]; then
    printf 'The template %s has a placeholder without a value: %s\n' "$1" "${BASH_REMATCH[0]}" >&2
    return 1
  fi
  printf '%s\n' "$text"
}

# render_unit_text TEXT: prints it as it stands between double quotes in a unit.
render_unit_text() {
  local text=${1//%/%%}
  text=${text//\\/\\\\}
  printf '%s\n' "${text//\"/\\\"}"
}
