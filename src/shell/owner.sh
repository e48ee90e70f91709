# shellcheck shell=bash
# Whose an archive is. Two projects in one repository may have the same name, so each archive says in its comment which project
# made it: by the reference of a hosted project, which no other has, else by an id that the state directory keeps. What is said
# of an archive never changes, so $STATE_DIR/archive-owners keeps it, and only new archives are asked.
#
# An archive of an earlier version says nothing. By its name it is the project's, as long as no other project of that name is
# seen in the repository, and unless its own manifest says otherwise.

# shellcheck disable=SC2034 # for other files
readonly owner_comment='supabase-backup project='
declare -A owner_known=()

# owner_id: prints the project's id; nothing where it has none yet.
owner_id() {
  if [[ -n ${PROJECT_REFERENCE:-} ]]; then
    printf 'ref:%s' "$PROJECT_REFERENCE"
  elif [[ -s $STATE_DIR/project-id ]]; then
    printf '%s' "$(<"$STATE_DIR/project-id")"
  fi
}

# owner_is_id TEXT: whether it is the id of a project, as this toolkit gives them.
owner_is_id() {
  [[ $1 =~ ^(ref:[a-z]{20}|id:[0-9a-f-]{36})$ ]]
}

# owner_begin: sees to it that the project has an id. Called with the lock held.
owner_begin() {
  [[ -z $(owner_id) ]] || return 0
  mkdir -p -- "$STATE_DIR" || return $?
  printf 'id:%s\n' "$(</proc/sys/kernel/random/uuid)" >"$STATE_DIR/project-id"
}

# owner_is_own ID: whether it is the project's own, or one that the operator has said to be (--adopt).
owner_is_own() {
  [[ $1 == "$(owner_id)" ]] || grep -qxF -- "$1" "$STATE_DIR/project-id" "$STATE_DIR/project-ids" 2>/dev/null
}

# owner_carries_name ARCHIVE: whether the archive is called as those of this project are: its name as it is, and what follows is a
# time. So those of shop-eu, or of shop-2026, are none of shop's.
owner_carries_name() {
  local digits='[0-9]{2}'
  [[ $1 == "$PROJECT_NAME"-* &&
    ${1#"$PROJECT_NAME"-} =~ ^(before-restore-)?[0-9]{4}-$digits-${digits}_$digits-$digits-$digits${borg_any_suffix:?}(\.checkpoint(\.[0-9]+)?)?$ ]]
}

# owner_entries LIST: prints id, owner and name of each archive in the output of `borg list --json`, which json_read has read; `-`
# where no owner is said.
owner_entries() {
  json_facts archive "$1"
}

# owner_learn LIST: finds out whose the archives of this project's name are, and leaves the names of those that are another's in
# LIST.foreign. Of some of the archives on the list nothing may be known yet: then the repository is asked.
owner_learn() {
  local id name owner asked=no
  : >"$1.foreign"
  owner_load
  while read -r id owner name; do
    if [[ $asked == no && -z ${owner_known[$id]:-} ]] && owner_carries_name "$name"; then
      asked=yes
      owner_ask "$1" || return $?
    fi
  done < <(owner_entries "$1")
  owner_sort_out "$1"
}

# owner_sort_out LIST: where a repository holds only archives of one other id, they are most likely the project's own, of a machine
# that is lost: they can be restored from as ever. That they may be deleted, the operator has to say.
owner_sort_out() {
  local id name owner own=no
  local -A others=()
  while read -r id owner name; do
    owner_carries_name "$name" || continue
    owner=${owner_known[$id]:--}
    if [[ $owner == - ]] || owner_is_own "$owner"; then
      own=yes
    else
      others[$owner]=
      printf '%s\n' "$name" >>"$1.foreign"
    fi
  done < <(owner_entries "$1")
  [[ $own == yes || ${#others[@]} != 1 ]] || : >"$1.foreign"
}

# owner_load: fills owner_known from what earlier runs have learnt.
owner_load() {
  local id owner
  [[ -r $STATE_DIR/archive-owners ]] || return 0
  while read -r id owner; do
    [[ -z $owner ]] || owner_known[$id]=$owner
  done <"$STATE_DIR/archive-owners"
}

# owner_ask LIST: asks the repository.
owner_ask() {
  local id name owner
  borg_call "$1.owners" list --consider-checkpoints --json --format '{name}{comment}' --glob-archives "$PROJECT_NAME-*" || return $?
  json_read "$1.owners" || return $?
  while read -r id owner name; do
    owner_note "$id" "$owner"
  done < <(owner_entries "$1.owners")
}

# owner_note ID OWNER: keeps it, where this user may.
owner_note() {
  [[ -z ${owner_known[$1]:-} ]] || return 0
  owner_known[$1]=$2
  [[ ! -w $STATE_DIR ]] || printf '%s %s\n' "$1" "$2" >>"$STATE_DIR/archive-owners"
}

# owner_note_created CREATED: the archive of which this is the output of `borg create --json` is ours.
owner_note_created() {
  local id
  json_read "$1" || return $?
  id=$(json_facts created "$1")
  [[ -z $id ]] || owner_note "$id" "$(owner_id)"
}

# owner_prunable LIST: of the names on stdin prints those that may be deleted: certainly of this project, and not pinned.
owner_prunable() {
  local name
  while IFS= read -r name; do
    pins_has "$1" "$name" || printf '%s\n' "$name"
  done | owner_certain "$1"
}

# owner_certain LIST: of the names on stdin prints those that are certainly of this project.
owner_certain() {
  local name id owner
  local -A ids=()
  while read -r id owner name; do ids[$name]=$id; done < <(owner_entries "$1")
  while IFS= read -r name; do
    owner=${owner_known[${ids[$name]:-}]:--}
    if [[ $owner != - ]]; then
      ! owner_is_own "$owner" || printf '%s\n' "$name"
    elif [[ ! -s $1.foreign ]] && owner_manifest_agrees "$name"; then
      printf '%s\n' "$name"
    fi
  done
}

# owner_manifest_agrees ARCHIVE: whether an archive that says nothing itself has a manifest, as every one of ours, in which nothing
# speaks against its being of this project.
owner_manifest_agrees() {
  local manifest=${run_dir:?}/manifest-of-archive name reference
  [[ $1 != *.checkpoint* ]] || return 0
  borg_call "$manifest" extract --stdout "::$1" manifest.json && [[ -s $manifest ]] || return 1
  json_read "$manifest" || return $?
  name=$(json_facts project "$manifest")
  reference=$(json_facts reference "$manifest")
  [[ -z $name || $name == "$PROJECT_NAME" ]] || return 1
  # That of a target's safety backup is the target's.
  [[ $PROJECT_NAME == *-before-restore || -z $reference || -z ${PROJECT_REFERENCE:-} || $reference == "$PROJECT_REFERENCE" ]]
}

# owner_tell_foreign LIST: says of the archives that another project of the same name has made.
owner_tell_foreign() {
  local count id name owner whose
  [[ -s $1.foreign ]] || return 0
  count=$(wc -l <"$1.foreign")
  while read -r id owner name; do
    # In a comment that somebody else wrote may be anything.
    ! grep -qxF -- "$name" "$1.foreign" || ! owner_is_id "${owner_known[$id]}" || printf '%s\n' "${owner_known[$id]}"
  done < <(owner_entries "$1") | sort -u >"$1.others"
  whose="$count archives in $BORG_REPO carry the name of this project, but were made for another"
  if [[ -s $1.others ]]; then
    run_finding manual foreign-archives "$whose ($(paste -sd' ' "$1.others")); they are left alone. If they are this project's, e.g. of a machine that is gone: $(owner_adopt_command "$(head -n 1 "$1.others")")"
  else
    run_finding manual foreign-archives "$whose, or not by this toolkit; they are left alone. Give them other names if that is so: backup.sh --env-file '$ENV_FILE' borg rename '::$(head -n 1 "$1.foreign")' NEW_NAME"
  fi
}

# owner_adopt_command ID: prints how the operator says that an id is this project's.
owner_adopt_command() {
  printf "backup.sh --env-file '%s' --adopt '%s'" "$ENV_FILE" "$1"
}

# owner_adopt ID: from here on what it has made is this project's.
owner_adopt() {
  local index list seen=no
  owner_is_id "$1" ||
    error_raise 2 USAGE "$1 is not the id of a project." 'backup.sh tells it where archives are left alone.' || return $?
  lock_acquire
  run_scratch
  borg_find
  # shellcheck disable=SC2154 # of borg.sh
  for index in "${!borg_repositories[@]}"; do
    export BORG_REPO=${borg_repositories[index]}
    list=$run_dir/archives-$index.json
    borg_list "$list" || return $?
    ! grep -qxF -- "$1" < <(owner_entries_known "$list") || seen=yes
  done
  [[ $1 != "$(ours_id "$LOCAL_BACKUP_DIR")" ]] || seen=yes
  if [[ $seen == no ]]; then
    error_raise 1 ARCHIVE_MISSING "Neither an archive named $PROJECT_NAME nor the local backup was made for $1." 'See the id in what backup.sh says of archives that it leaves alone.'
    return $?
  fi
  owner_is_own "$1" || printf '%s\n' "$1" >>"$STATE_DIR/project-ids"
  answer_done "What was made for $1 is of the project $PROJECT_NAME from now on; retention may delete them."
}

# owner_entries_known LIST: prints the owners of the archives of this project's name.
owner_entries_known() {
  local id name owner
  while read -r id owner name; do
    ! owner_carries_name "$name" || printf '%s\n' "${owner_known[$id]:--}"
  done < <(owner_entries "$1")
}
