import type { Option, Usage } from './usage.ts'

/** What completes the argument of an option, by the name that the help text gives it. */
const candidates: Record<string, string> = {
  FILE: 'compgen -f -- "$current"',
  DIR: 'compgen -d -- "$current"',
  PROJECT: '_supabase_backup_projects "$current"',
}

/** The completion of all commands for bash: one file, installed under the name of each. */
export function renderCompletion(usages: readonly Usage[]): string {
  return `# shellcheck shell=bash
# Made by \`npm run generate\` from src/shell/usage. Completes the flags, files and projects of the toolkit's commands.

_supabase_backup_projects() {
  local file
  for file in "\${XDG_CONFIG_HOME:-$HOME/.config}"/supabase-backup/*.env /etc/supabase-backup/*.env; do
    [[ ! -f $file || \${file##*/} != "$1"* ]] || basename "$file" .env
  done
}

_supabase_backup() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} flags=''
  case \${COMP_WORDS[0]##*/} in
${usages.map(({ script, sections }) => `  ${script}) flags='${sections.flatMap(longFlags).join(' ')}' ;;`).join('\n')}
  esac
  case $previous in
${[...argumentKinds(usages)].map(([kind, flags]) => `  ${flags.join(' | ')}) mapfile -t COMPREPLY < <(${candidates[kind]}) ;;`).join('\n')}
  *) mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$current") ;;
  esac
}

complete -o filenames -F _supabase_backup ${usages.map(({ script }) => script).join(' ')}
`
}

function longFlags({ options }: { options: readonly Option[] }): string[] {
  return options.flatMap(({ flags }) => flags.filter((flag) => flag.startsWith('--')))
}

/** The flags of each kind of argument; those whose argument cannot be guessed are left out. */
function argumentKinds(usages: readonly Usage[]): Map<string, string[]> {
  const kinds = new Map<string, string[]>()
  for (const { flags, argument } of usages.flatMap(({ sections }) =>
    sections.flatMap(({ options }) => options),
  )) {
    const kind = flags.includes('--project') ? 'PROJECT' : argument
    if (kind === undefined || !(kind in candidates)) continue
    kinds.set(kind, [...new Set([...(kinds.get(kind) ?? []), ...flags])])
  }
  return kinds
}
