# shellcheck shell=bash
# What is printed on stdout, and what becomes of a command that cannot print it.

# Whether something could not be written to where it was directed.
output_lost=no

# output_write TEXT [FD]: prints it, on stdout unless FD says where else; or raises OUTPUT_UNWRITABLE, once. It is no error that nobody
# reads any more, as with `| head`.
output_write() {
  local words status=0
  [[ $output_lost == no ]] || return 1
  { words=$(printf '%s\n' "$1" 2>&1 >&9) || status=$?; } 9>&"${2:-1}"
  if ((status == 0 || status == 141)) || [[ $words == *'Broken pipe'* ]]; then return 0; fi
  output_is_lost
  error_speak_up
  error_raise 1 OUTPUT_UNWRITABLE "The answer could not be written to where its output was directed." \
    'Make room there, or direct the output elsewhere.'
}

# output_is_lost: what was to be told has not been: the command has failed, whatever it has done.
output_is_lost() {
  output_lost=yes
}

# output_exit STATUS: prints what the command exits with.
output_exit() {
  if [[ $output_lost == yes ]] && (($1 == 0 || $1 == 3)); then printf 1; else printf '%d' "$1"; fi
}
