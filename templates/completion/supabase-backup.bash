# shellcheck shell=bash
# Made by `npm run generate` from src/flags. Completes the flags of the toolkit's commands and their values.

_supabase_backup_projects() {
  local file
  for file in "${XDG_CONFIG_HOME:-$HOME/.config}"/supabase-backup/*.env /etc/supabase-backup/*.env; do
    [[ ! -f $file ]] || basename "$file" .env
  done
}

# The archives as they were listed last; of the project that is named, or of all.
_supabase_backup_archives() {
  local project='*' file i
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ ${COMP_WORDS[i]} != @(-p|--project) ]] || project=${COMP_WORDS[i + 1]}
    [[ $project != = ]] || project=${COMP_WORDS[i + 2]}
  done
  # shellcheck disable=SC2231 # without a project every one is meant
  for file in "${XDG_STATE_HOME:-$HOME/.local/state}"/supabase-backup/$project/archives /var/lib/supabase-backup/$project/archives; do
    [[ ! -r $file ]] || cat -- "$file"
  done
}

# _supabase_backup_words WORD...: those that begin with what is being typed.
_supabase_backup_words() {
  _supabase_backup_behind '' "$@"
}

# _supabase_backup_list WORD...: the same behind the last comma.
_supabase_backup_list() {
  local before=
  [[ $current != *,* ]] || before=${current%,*},
  _supabase_backup_behind "$before" "$@"
}

# _supabase_backup_behind BEFORE WORD...: nothing in a word is expanded, as compgen -W would.
_supabase_backup_behind() {
  local word
  local -a words
  read -rd '' -a words <<<"${*:2}"
  for word in "${words[@]}"; do
    [[ $1$word != "$current"* ]] || COMPREPLY+=("$1$word")
  done
}

_supabase_backup() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[0]##*/}
  # --flag=value is three words.
  if [[ $current == = ]]; then
    current=
  elif [[ $previous == = ]]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  COMPREPLY=()
  case $command:$previous in
  backup.sh:-e | backup.sh:--env-file) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
  backup.sh:-p | backup.sh:--project) _supabase_backup_words "$(_supabase_backup_projects)" ;;
  backup.sh:--only) _supabase_backup_list 'database' 'storage' 'auth' 'functions' 'settings' ;;
  backup.sh:--skip) _supabase_backup_list 'database' 'storage' 'auth' 'functions' 'settings' ;;
  backup.sh:--type) _supabase_backup_words 'full' 'schema' 'data' 'roles' ;;
  backup.sh:--schema) ;;
  backup.sh:--exclude-table) ;;
  backup.sh:--bucket) ;;
  backup.sh:--prefix) ;;
  backup.sh:--object) ;;
  backup.sh:--key-export) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
  backup.sh:--adopt) ;;
  backup.sh:--delete) _supabase_backup_words "$(_supabase_backup_archives)" ;;
  backup.sh:--pin) _supabase_backup_words "$(_supabase_backup_archives)" ;;
  backup.sh:--reason) ;;
  backup.sh:--unpin) _supabase_backup_words "$(_supabase_backup_archives)" ;;
  backup.sh:--repository) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
  backup.sh:--events) ;;
  install.sh:--copy-to) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
  install.sh:-p | install.sh:--project) _supabase_backup_words "$(_supabase_backup_projects)" ;;
  restore.sh:-e | restore.sh:--env-file) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
  restore.sh:-p | restore.sh:--project) _supabase_backup_words "$(_supabase_backup_projects)" ;;
  restore.sh:--archive) _supabase_backup_words 'latest' 'Local' 'Extract' "$(_supabase_backup_archives)" ;;
  restore.sh:--only) _supabase_backup_list 'database' 'storage' 'auth' 'functions' 'settings' ;;
  restore.sh:--target) _supabase_backup_words 'test' "$(_supabase_backup_projects)" ;;
  restore.sh:--confirm) ;;
  restore.sh:--schema) ;;
  restore.sh:--table) ;;
  restore.sh:--into-schema) ;;
  restore.sh:--leave-out) ;;
  restore.sh:--bucket) ;;
  restore.sh:--prefix) ;;
  restore.sh:--object) ;;
  restore.sh:--setting) ;;
  restore.sh:--verify-bytes) _supabase_backup_words 'all' '5%' 'week/8' ;;
  restore.sh:--check-cmd) ;;
  restore.sh:--to-dir) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
  restore.sh:--export) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
  restore.sh:--format) _supabase_backup_list 'sql' 'json' 'csv' ;;
  restore.sh:--from-json) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
  restore.sh:--diff) _supabase_backup_words 'latest' 'Local' 'Extract' "$(_supabase_backup_archives)" ;;
  restore.sh:--extract) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
  restore.sh:--mount) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
  restore.sh:--events) ;;
  backup.sh:*) _supabase_backup_words --env-file --project --all --only --skip --type --schema --exclude-table --bucket --prefix --object --accept-shrink --check --dry-run --estimate --config --coverage --status --prune-plan --verify-repo --data --key-export --adopt --passphrase-change --prune --compact --delete --pin --reason --unpin --break-lock --accept-moved --accept-older --repository --json --events --quiet --verbose --help --version borg ;;
  install.sh:*) _supabase_backup_words --copy-to --project --user --system --configure --enable --dashboard --deps --uninstall --purge --dry-run --yes --help --version ;;
  restore.sh:*) _supabase_backup_words --env-file --project --all --archive --only --target --confirm --over-source --arm --no-safety-backup --schema --table --data-only --schema-only --into-schema --leave-out --batches --bucket --prefix --object --setting --keep-extra --update-users --verify-bytes --check-cmd --yes --test --preview --resume --to-dir --export --format --from-json --replace --diff --left-out --contents --list --rollback --verify --extract --mount --json --events --quiet --verbose --help --version ;;
  esac
}

complete -o filenames -F _supabase_backup backup.sh install.sh restore.sh
