import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What a command's help text says, taken apart. The text itself is what `--help` prints. */
export interface Usage {
  /** The name of the script, e.g. `backup.sh`. */
  script: string
  summary: string
  synopsis: string[]
  paragraphs: string[]
  sections: Section[]
}

interface Section {
  title: string
  options: Option[]
}

export interface Option {
  /** `-p` and `--project`, or only the long one. */
  flags: string[]
  /** What follows the flag, e.g. `NAME`. */
  argument: string | undefined
  text: string
}

/** Reads the help text of every command, src/shell/usage/*.txt. `root` is the toolkit's directory. */
export async function readUsages(root: string): Promise<Usage[]> {
  const directory = join(root, 'src/shell/usage')
  const files = (await readdir(directory)).filter((name) => name.endsWith('.txt')).sort()
  return Promise.all(files.map(async (name) => parseUsage(await readFile(join(directory, name), 'utf8'))))
}

/**
 * The form of a help text: `script: summary`, then `Usage:` with a line a form, then paragraphs and, in any order,
 * sections: a title with a colon, then the options, indented, their texts in a column further right.
 */
export function parseUsage(text: string): Usage {
  const [head = '', ...blocks] = text.trimEnd().split(/\n{2,}/)
  const [, script, summary] = /^(\S+\.sh): (.+)$/s.exec(head) ?? []
  if (script === undefined || summary === undefined)
    throw new TypeError(`A help text begins with "script: summary", not with: ${head}`)
  const usage: Usage = { script, summary: joinLines(summary), synopsis: [], paragraphs: [], sections: [] }
  for (const block of blocks) {
    const [first = '', ...rest] = block.split('\n')
    if (first.startsWith('Usage: '))
      usage.synopsis = [first.slice('Usage: '.length), ...rest.map((line) => line.trim())]
    else if (first.endsWith(':') && rest.every((line) => line.startsWith('  ')))
      usage.sections.push({ title: first.slice(0, -1), options: parseOptions(rest) })
    else usage.paragraphs.push(joinLines(block))
  }
  return usage
}

function parseOptions(lines: readonly string[]): Option[] {
  const options: Option[] = []
  for (const line of lines) {
    const begin = /^ +((?:-\w, )?--[\w-]+)(?: ([A-Z][A-Z._]*))?(?: {2,}(.*))?$/.exec(line)
    const last = options.at(-1)
    if (begin) {
      const [, flags = '', argument, text = ''] = begin
      options.push({ flags: flags.split(', '), argument, text })
    } else if (last && /^ {10,}\S/.test(line)) last.text = `${last.text} ${line.trim()}`.trim()
    else throw new TypeError(`Neither an option nor the rest of one: ${line}`)
  }
  return options
}

function joinLines(text: string): string {
  return text.split('\n').join(' ')
}
