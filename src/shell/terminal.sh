# shellcheck shell=bash
# Texts for people on a terminal: broken between words and not within one, and what goes on below stands where its column begins.

# How wide the terminal is that our stdout is; empty where it is none.
terminal_width=

# terminal_look: sets it.
terminal_look() {
  local size
  terminal_width=
  [[ -t 1 ]] || return 0
  { size=$(stty size 2>/dev/null <&9) || size=; } 9>&1
  size=${size##* }
  # One that was never told its size says that it has none.
  [[ $size =~ ^[1-9][0-9]*$ ]] || size=80
  terminal_width=$size
}

# terminal_say TEXT: prints it, on a terminal broken to its width.
terminal_say() {
  terminal_look
  if [[ -n $terminal_width ]]; then terminal_wrap "$terminal_width" <<<"$1"; else output_write "$1"; fi
}

# terminal_print_filled FILE WIDTH: the same for a text that is broken to a width already, as the usage texts are.
terminal_print_filled() {
  terminal_look
  if [[ -n $terminal_width ]] && ((terminal_width < $2)); then
    terminal_unwrap <"$1" | terminal_wrap "$terminal_width"
  else
    output_write "$(<"$1")"
  fi
}

# terminal_unwrap: joins lines of a paragraph, and those below an option's to it. What ends with a colon is a heading.
terminal_unwrap() {
  awk '
    function flush() { if (held != "") print held; held = "" }
    /^$/ { flush(); print; next }
    /^ / && match($0, /^ +/) && RLENGTH > 12 && held != "" { held = held " " substr($0, RLENGTH + 1); next }
    /^[^ ]/ && held ~ /^[^ ]/ && held !~ /:$/ { held = held " " $0; next }
    { flush(); held = $0 }
    END { flush() }'
}

# terminal_wrap WIDTH: breaks the lines of stdin. The text of a line begins behind the last of its columns, which have two blanks
# between them; where that is in the right half, the text goes below. A word that is longer than a line stays whole.
terminal_wrap() {
  awk -v width="$1" '
    function text_column(line, lead,   i, found) {
      found = lead
      for (i = lead + 3; i <= length(line) && i <= 48; i++)
        if (substr(line, i - 2, 2) == "  " && substr(line, i, 1) != " ") found = i - 1
      return found
    }
    function blanks(n) { return sprintf("%" n "s", "") }
    # Prints a text whose first line begins with what stands before it, and the others with so many blanks.
    function put(before, text, indent,   room, at, first) {
      for (first = 1; ; first = 0) {
        room = width - (first ? length(before) : indent)
        if (room < 1) room = 1
        at = 0
        if (length(text) > room) {
          for (at = room + 1; at > 1 && substr(text, at, 1) != " "; at--);
          if (at <= 1) at = index(text, " ")
        }
        printf "%s%s\n", first ? before : blanks(indent), at == 0 ? text : trimmed(substr(text, 1, at - 1))
        if (at == 0) return 0
        text = substr(text, at)
        sub(/^ +/, "", text)
        if (text == "") return 0
      }
    }
    function trimmed(text) { sub(/ +$/, "", text); return text }
    length($0) <= width { print; next }
    {
      match($0, /^ */)
      lead = RLENGTH
      column = text_column($0, lead)
      if (column > lead && column <= width / 2) put(substr($0, 1, column), substr($0, column + 1), column)
      else if (column > lead) {
        put(blanks(lead), trimmed(substr($0, lead + 1, column - lead)), lead + 2)
        below = lead == 0 ? 4 : 8
        put(blanks(below), substr($0, column + 1), below)
      } else put(blanks(lead), substr($0, lead + 1), lead == 0 ? 0 : lead + 2)
    }'
}
