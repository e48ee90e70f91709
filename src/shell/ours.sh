# shellcheck shell=bash
# Directories that this toolkit makes, and may therefore empty, rename and delete: each holds a file, .supabase-backup, that says
# whose it is. A name alone is no proof: the operator may have given it to a directory of their own.

readonly ours_file=.supabase-backup

# ours_make DIRECTORY: makes it, with the mark; it must not be there yet.
ours_make() {
  mkdir -- "$1" || return $?
  printf '%s\n' "project=$PROJECT_NAME" "id=$(owner_id)" >"$1/$ours_file"
}

# ours_is DIRECTORY: whether this toolkit has made it. An earlier version left no mark, but a manifest with its name.
ours_is() {
  [[ -d $1 && ! -L $1 ]] || return 1
  [[ -f $1/$ours_file && ! -L $1/$ours_file ]] || [[ $(ours_manifest tool "$1") == supabase-backup ]]
}

# ours_manifest WORD DIRECTORY: prints what the manifest in it says, see json_facts; nothing where there is none.
ours_manifest() {
  local manifest
  manifest=$(ours_plain_file "$2/manifest.json")
  [[ ! -s $manifest ]] || worker_call json.ts "$manifest" | sed -n "s/^$1 //p"
}

# ours_plain_file FILE: prints its name when it is one that can be read without waiting.
ours_plain_file() {
  if [[ -f $1 && ! -L $1 ]]; then printf '%s' "$1"; else printf /dev/null; fi
}

# ours_project DIRECTORY: prints the project that the mark, or without one the manifest, names.
ours_project() {
  local name
  name=$(sed -n 's/^project=//p' "$(ours_plain_file "$1/$ours_file")")
  [[ -n $name ]] || name=$(ours_manifest project "$1")
  printf '%s' "$name"
}

# ours_id DIRECTORY: prints the id of that project, where the mark says one.
ours_id() {
  sed -n 's/^id=//p' "$(ours_plain_file "$1/$ours_file")"
}

# ours_is_of_other DIRECTORY: whether that is another project, be it one of the same name.
ours_is_of_other() {
  local name id
  name=$(ours_project "$1")
  id=$(ours_id "$1")
  [[ -z $name || $name == "$PROJECT_NAME" ]] || return 0
  [[ -n $id ]] && ! owner_is_own "$id"
}

# ours_is_free DIRECTORY: whether nothing would be lost with it: not there, empty, or ours.
ours_is_free() {
  [[ ! -e $1 && ! -L $1 ]] || { [[ -d $1 && ! -L $1 && -z $(ls -A -- "$1") ]]; } || ours_is "$1"
}

# ours_remove DIRECTORY...: deletes those that are ours, and empty ones. The mark goes last, so that what a kill leaves of one is
# known as well.
ours_remove() {
  local directory
  for directory in "$@"; do
    if ours_is "$directory"; then
      # A generation of an earlier version has no mark, and loses its manifest half way.
      : >>"$directory/$ours_file"
      child_run find "$directory" -mindepth 1 -not -path "$directory/$ours_file" -delete || return $?
      rm -f -- "$directory/$ours_file"
    fi
    [[ ! -d $directory || -L $directory ]] || rmdir --ignore-fail-on-non-empty -- "$directory" || return $?
  done
}
