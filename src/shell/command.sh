# shellcheck shell=bash
# Our own commands, as the operator can type them from anywhere. Texts name them plainly, `restore.sh --list`; what is shown names the
# checkout and the project too. Workers do the same to their words: see src/common/as-typed.ts.

# command_begin FLAG=VALUE...: notes the flags that the operator chose the project by, for this process and the workers.
command_begin() {
  local flag value
  printf -v COMMAND_DIRECTORY '%q' "${root:?}"
  COMMAND_PROJECT=
  for flag in "$@"; do
    value=${flag#*=}
    [[ ${flag%%=*} != --env-file || -z $value ]] || value=$(readlink -m -- "$value")
    [[ -z $value ]] || COMMAND_PROJECT+="${COMMAND_PROJECT:+ }${flag%%=*} $(command_quote "$value")"
  done
  export COMMAND_DIRECTORY COMMAND_PROJECT
}

# command_quote WORD: prints it as a shell takes it, between quotes where that is needed.
command_quote() {
  if [[ $1 =~ ^[A-Za-z0-9_./:@+-]+$ ]]; then printf '%s' "$1"; else printf "'%s'" "${1//\'/\'\\\'\'}"; fi
}

# command_typed TEXT: prints it with our scripts in it as they can be typed.
command_typed() {
  local rest=$1 behind='' flags script after
  # The last one first: what stands before it is matched as far as it goes.
  while [[ -n ${COMMAND_DIRECTORY:-} && $rest =~ ^((.*[[:space:]\(:\;,])?)(\./)?(backup|restore|install)\.sh((\.?[^[:alnum:]_.-].*|\.)?)$ ]]; do
    rest=${BASH_REMATCH[1]} script=${BASH_REMATCH[4]} after=${BASH_REMATCH[5]}$behind
    flags=${COMMAND_PROJECT:+ $COMMAND_PROJECT}
    [[ $script != install && $after != \ @(--project|--env-file|-[pe])* ]] || flags=
    behind=$COMMAND_DIRECTORY/$script.sh$flags$after
  done
  printf '%s' "$rest$behind"
}
