import { type ArgumentKind, type Command, flagsOf, formsOf, scriptOf } from '../table.ts'

/** What completes the value of a flag, by its kind. */
const candidates: Partial<Record<ArgumentKind, string>> = {
  file: 'compgen -f -- "$current"',
  directory: 'compgen -d -- "$current"',
  project: '_supabase_backup_projects "$current"',
}

/** The completion of all commands for bash: one file, installed under the name of each. */
export function renderBash(commands: readonly Command[]): string {
  return `# shellcheck shell=bash
# Made by \`npm run generate\` from src/flags. Completes the flags, files and projects of the toolkit's commands.

_supabase_backup_projects() {
  local file
  for file in "\${XDG_CONFIG_HOME:-$HOME/.config}"/supabase-backup/*.env /etc/supabase-backup/*.env; do
    [[ ! -f $file || \${file##*/} != "$1"* ]] || basename "$file" .env
  done
}

_supabase_backup() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} flags=''
  case \${COMP_WORDS[0]##*/} in
${commands
  .map(
    (command) =>
      `  ${scriptOf(command)}) flags='${flagsOf(command)
        .map(({ name }) => `--${name}`)
        .join(' ')}' ;;`,
  )
  .join('\n')}
  esac
  case $previous in
${[...argumentKinds(commands)].map(([kind, flags]) => `  ${flags.join(' | ')}) mapfile -t COMPREPLY < <(${candidates[kind]}) ;;`).join('\n')}
  *) mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$current") ;;
  esac
}

complete -o filenames -F _supabase_backup ${commands.map(scriptOf).join(' ')}
`
}

/** The flags of each kind of argument; those whose argument cannot be guessed are left out. */
function argumentKinds(commands: readonly Command[]): Map<ArgumentKind, string[]> {
  const kinds = new Map<ArgumentKind, string[]>()
  for (const flag of commands.flatMap(flagsOf)) {
    const kind = flag.argument?.kind
    if (kind === undefined || !(kind in candidates)) continue
    kinds.set(kind, [...new Set([...(kinds.get(kind) ?? []), ...formsOf(flag)])])
  }
  return kinds
}
