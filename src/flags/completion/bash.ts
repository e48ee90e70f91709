import { type Command, flagsOf, formsOf, scriptOf } from '../table.ts'
import { type Values, valuesOf } from './values.ts'

/** The completion of all commands for bash: one file, installed under the name of each. */
export function renderBash(commands: readonly Command[]): string {
  return `# shellcheck shell=bash
# Made by \`npm run generate\` from src/flags. Completes the flags of the toolkit's commands and their values.

${helpers}

_supabase_backup() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command=\${COMP_WORDS[0]##*/}
  # --flag=value is three words.
  if [[ $current == = ]]; then
    current=
  elif [[ $previous == = ]]; then
    previous=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  COMPREPLY=()
  case $command:$previous in
${commands.flatMap(valueArms).join('\n')}
${commands.map(flagsArm).join('\n')}
  esac
}

complete -o filenames -F _supabase_backup ${commands.map(scriptOf).join(' ')}
`
}

/** What completes names, whatever the commands and their flags are. */
const helpers = `_supabase_backup_projects() {
  local file
  for file in "\${XDG_CONFIG_HOME:-$HOME/.config}"/supabase-backup/*.env /etc/supabase-backup/*.env; do
    [[ ! -f $file ]] || basename "$file" .env
  done
}

# The archives as they were listed last; of the project that is named, or of all.
_supabase_backup_archives() {
  local project='*' file i
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} != @(-p|--project) ]] || project=\${COMP_WORDS[i + 1]}
    [[ $project != = ]] || project=\${COMP_WORDS[i + 2]}
  done
  # shellcheck disable=SC2231 # without a project every one is meant
  for file in "\${XDG_STATE_HOME:-$HOME/.local/state}"/supabase-backup/$project/archives /var/lib/supabase-backup/$project/archives; do
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
  [[ $current != *,* ]] || before=\${current%,*},
  _supabase_backup_behind "$before" "$@"
}

# _supabase_backup_behind BEFORE WORD...: nothing in a word is expanded, as compgen -W would.
_supabase_backup_behind() {
  local word
  local -a words
  read -rd '' -a words <<<"\${*:2}"
  for word in "\${words[@]}"; do
    [[ $1$word != "$current"* ]] || COMPREPLY+=("$1$word")
  done
}`

function valueArms(command: Command): string[] {
  return flagsOf(command).flatMap((flag) => {
    const values = valuesOf(flag)
    if (values === undefined) return []
    const patterns = formsOf(flag).map((form) => `${scriptOf(command)}:${form}`)
    return [`  ${[`${patterns.join(' | ')})`, candidates(values) ?? []].flat().join(' ')} ;;`]
  })
}

function candidates({ words, lookup, list }: Values): string | undefined {
  if (lookup === 'file') return 'mapfile -t COMPREPLY < <(compgen -f -- "$current")'
  if (lookup === 'directory') return 'mapfile -t COMPREPLY < <(compgen -d -- "$current")'
  const found = lookup === undefined ? [] : [`"$(_supabase_backup_${lookup}s)"`]
  const all = [...words.map((word) => `'${word}'`), ...found].join(' ')
  if (all === '') return undefined
  return `_supabase_backup_${list ? 'list' : 'words'} ${all}`
}

function flagsArm(command: Command): string {
  const words = [...flagsOf(command).map(({ name }) => `--${name}`), command.word?.name ?? []].flat()
  return `  ${scriptOf(command)}:*) _supabase_backup_words ${words.join(' ')} ;;`
}
