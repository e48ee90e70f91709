# shellcheck shell=bash
# JSON is read by TypeScript alone. What the scripts need of a file of Borg's (src/common/json-facts.ts) is put beside it, in
# FILE.facts: lines of a word and what belongs to it.

# json_read FILE: reads it. In a run the program that follows it does so: nothing has to be started.
json_read() {
  rm -f -- "$1.facts"
  json_ask_follower "$1" || worker_call json.ts "$1" >"$1.facts"
}

# json_ask_follower FILE: returns 1 where there is none, or it does not answer.
json_ask_follower() {
  local looks
  [[ -n ${follower_pid:-} ]] || return 1
  journal_add read "$1"
  for ((looks = 0; looks < 500; looks++)); do
    [[ ! -e $1.facts ]] || return 0
    kill -0 "$follower_pid" 2>/dev/null || return 1
    if ((looks < 20)); then sleep 0.005; else sleep 0.02; fi
  done
  return 1
}

# json_facts WORD FILE: prints what was read of it, a line each.
json_facts() {
  sed -n "s/^$1 //p" "$2.facts"
}
