import { type Command, type Flag, flagsOf, scriptOf } from '../table.ts'
import { brief, type Values, valuesOf } from './values.ts'

/** The completion of a command for fish, which looks for one file a command. */
export function renderFish(command: Command): string {
  const { word } = command
  return `# Made by \`npm run generate\` from src/flags. Completes the flags of ${scriptOf(command)} and their values.

function __supabase_backup_projects
    set -q XDG_CONFIG_HOME; and set -l config $XDG_CONFIG_HOME; or set -l config ~/.config
    for file in $config/supabase-backup/*.env /etc/supabase-backup/*.env
        basename $file .env
    end
end

# The archives as they were listed last.
function __supabase_backup_archives
    set -q XDG_STATE_HOME; and set -l state $XDG_STATE_HOME; or set -l state ~/.local/state
    for file in $state/supabase-backup/*/archives /var/lib/supabase-backup/*/archives
        test -r $file; and cat $file
    end
end

# __supabase_backup_list WORD...: each behind what stands up to the last comma.
function __supabase_backup_list
    set -l before (string replace -rf '^(--[a-z-]+=)?(.*,).*$' '$2' -- (commandline -ct))
    for word in $argv
        echo "$before$word"
    end
end

complete -c ${scriptOf(command)} -f
${word === undefined ? '' : `complete -c ${scriptOf(command)} -a ${word.name}\n`}${flagsOf(command)
  .map((flag) => `complete -c ${scriptOf(command)} ${options(flag)}\n`)
  .join('')}`
}

function options(flag: Flag): string {
  const values = valuesOf(flag)
  return [
    ...(flag.short === undefined ? [] : [`-s ${flag.short}`]),
    `-l ${flag.name}`,
    ...(values === undefined ? [] : [candidates(values)]),
    `-d ${quoted(brief(flag.text))}`,
  ].join(' ')
}

function candidates({ words, lookup, list }: Values): string {
  if (lookup === 'file') return '-r -F'
  if (lookup === 'directory') return `-x -a '(__fish_complete_directories)'`
  if (list) return `-x -a '(__supabase_backup_list ${words.join(' ')})'`
  const found = lookup === undefined ? [] : [`(__supabase_backup_${lookup}s)`]
  const all = [...words, ...found].join(' ')
  return all === '' ? '-x' : `-x -a '${all}'`
}

function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`
}
