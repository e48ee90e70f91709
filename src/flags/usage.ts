import { argumentOf, type Command, type Flag, flagsOf, scriptOf } from './table.ts'
import { wrap } from './wrap.ts'

/** Of a terminal's window as it is opened, so that nothing breaks within a word. */
const width = 80

/** A flag that is longer with its value stands in a line of its own, above its text. */
const longestBeside = 24

/** What `--help` prints. */
export function renderUsage(command: Command): string {
  const terms = new Map(flagsOf(command).map((flag) => [flag, term(flag)]))
  const lengths = [...terms.values()].map(({ length }) => length)
  const column = Math.max(...lengths.filter((length) => length <= longestBeside)) + 2
  const option = (flag: Flag) => {
    const own = terms.get(flag) ?? ''
    const lines = wrap(flag.text, width - column).map((line) => `${' '.repeat(column)}${line}\n`)
    return own.length > longestBeside
      ? `${own}\n${lines.join('')}`
      : `${own}${lines.join('').slice(own.length)}`
  }
  const paragraph = (text: string) => `${wrap(text, width).join('\n')}\n`
  return [
    paragraph(`${scriptOf(command)}: ${command.summary}`),
    `Usage: ${synopsisOf(command)}\n`,
    ...command.description.map(paragraph),
    ...command.sections.map(({ title, flags }) => `${title}:\n${flags.map(option).join('')}`),
    paragraph(exitCodesOf(command)),
  ].join('\n')
}

/** `backup.sh [OPTION]... [borg ARGUMENT...]` */
export function synopsisOf(command: Command): string {
  const { word } = command
  return `${scriptOf(command)} [OPTION]...${word === undefined ? '' : ` [${word.name} ${word.argument}]`}`
}

/** `  -p, --project NAME`; the long forms stand below each other. */
function term(flag: Flag): string {
  const argument = argumentOf(flag)
  const short = flag.short === undefined ? '    ' : `-${flag.short}, `
  return `  ${short}--${flag.name}${argument === undefined ? '' : ` ${argument}`}`
}

/** `Exit codes: 0 success, …, 130 and 143 interrupted.` */
function exitCodesOf({ exitCodes }: Command): string {
  return `Exit codes: ${exitCodes.map(({ codes, text }) => `${codes.join(' and ')} ${text}`).join(', ')}.`
}
