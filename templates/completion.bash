# shellcheck shell=bash
# Made by `npm run generate` from src/flags. Completes the flags, files and projects of the toolkit's commands.

_supabase_backup_projects() {
  local file
  for file in "${XDG_CONFIG_HOME:-$HOME/.config}"/supabase-backup/*.env /etc/supabase-backup/*.env; do
    [[ ! -f $file || ${file##*/} != "$1"* ]] || basename "$file" .env
  done
}

_supabase_backup() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} flags=''
  case ${COMP_WORDS[0]##*/} in
  backup.sh) flags='--env-file --project --all --only --skip --bucket --prefix --object --accept-shrink --check --dry-run --estimate --config --status --prune-plan --verify-repo --data --key-export --adopt --passphrase-change --prune --compact --delete --break-lock --accept-moved --accept-older --repository --json --events --quiet --verbose --help --version' ;;
  install.sh) flags='--copy-to --project --user --system --configure --enable --deps --uninstall --purge --dry-run --yes --help --version' ;;
  restore.sh) flags='--env-file --project --all --archive --only --target --confirm --over-source --arm --no-safety-backup --schema --table --data-only --schema-only --into-schema --leave-out --batches --bucket --prefix --object --keep-extra --verify-bytes --check-cmd --yes --test --preview --resume --to-dir --export --format --from-json --replace --diff --list --rollback --verify --extract --mount --json --events --quiet --verbose --help --version' ;;
  esac
  case $previous in
  -e | --env-file | --key-export | --from-json) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
  -p | --project) mapfile -t COMPREPLY < <(_supabase_backup_projects "$current") ;;
  --repository | --copy-to | --to-dir | --export | --extract | --mount) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
  *) mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$current") ;;
  esac
}

complete -o filenames -F _supabase_backup backup.sh install.sh restore.sh
