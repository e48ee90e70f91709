# shellcheck shell=bash
# The addresses of the Borg repositories, as the settings name them.

# addresses_list BORG_REPOS BORG_REPO: fills the caller's `addresses` with the repositories that these settings name: in the first
# blanks stand between several, in the second they belong to the name.
# shellcheck disable=SC2034 # the caller's
addresses_list() {
  if [[ -n $1 ]]; then
    read -ra addresses <<<"$1"
  elif [[ -n $2 ]]; then
    addresses=("$2")
  else
    addresses=()
  fi
}
