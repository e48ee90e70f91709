import { type Command, type Flag, flagsOf, formsOf, scriptOf } from '../table.ts'
import { brief, type Values, valuesOf } from './values.ts'

/** The completion of all commands for zsh: one file, which names them in its first line. */
export function renderZsh(commands: readonly Command[]): string {
  return `#compdef ${commands.map(scriptOf).join(' ')}
# Made by \`npm run generate\` from src/flags. Completes the flags of the toolkit's commands and their values.

_supabase_backup_projects() {
  local -a names
  names=(\${XDG_CONFIG_HOME:-$HOME/.config}/supabase-backup/*.env(N:t:r) /etc/supabase-backup/*.env(N:t:r))
  compadd "$@" -a names
}

# The archives as they were listed last; of the project that is named, or of all.
_supabase_backup_archives() {
  local project=\${opt_args[--project]:-\${opt_args[-p]:-*}} file
  local -a names
  for file in \${XDG_STATE_HOME:-$HOME/.local/state}/supabase-backup/\${~project}/archives(N) /var/lib/supabase-backup/\${~project}/archives(N); do
    [[ ! -r $file ]] || names+=("\${(@f)$(<$file)}")
  done
  compadd "$@" -a names
}

_supabase_backup() {
  local -A opt_args
  case \${service:t} in
${commands.map(arm).join('\n')}
  esac
}

_supabase_backup "$@"
`
}

function arm(command: Command): string {
  const specs = flagsOf(command).flatMap(specsOf)
  const words = command.word && [`'1::command:(${command.word.name})'`, `'*:::argument:_default'`]
  return `  ${scriptOf(command)})
    _arguments -s \\
${[...specs, ...(words ?? [])].map((spec) => `      ${spec}`).join(' \\\n')}
    ;;`
}

/** One a form; a flag that may be repeated begins with a star, any other excludes its own other form. */
function specsOf(flag: Flag): string[] {
  const forms = formsOf(flag)
  const values = valuesOf(flag)
  return forms.map((form) => {
    const before = flag.repeatable ? '*' : `(${forms.join(' ')})`
    const takes = values === undefined ? '' : form.startsWith('--') ? '=' : '+'
    const value = values === undefined ? '' : `:${flag.argument?.name}:${action(values)}`
    return quoted(`${before}${form}${takes}[${escaped(brief(flag.text))}]${value}`)
  })
}

function action({ words, lookup, list }: Values): string {
  if (lookup === 'file') return '_files'
  if (lookup === 'directory') return '_files -/'
  if (list) return `_sequence compadd - ${words.join(' ')}`
  const found = lookup === undefined ? undefined : `_supabase_backup_${lookup}s`
  if (words.length === 0) return found ?? ''
  if (found === undefined) return `(${words.join(' ')})`
  return `{compadd - ${words.join(' ')}; ${found}}`
}

/** Brackets, and a colon, have a meaning in a description. */
function escaped(text: string): string {
  return text.replace(/[[\]\\:]/g, '\\$&')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
