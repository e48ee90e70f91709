import { argumentOf, type Command, type Flag, flagsOf, scriptOf } from './table.ts'
import { wrap } from './wrap.ts'

const width = 120

/** What `--help` prints. */
export function renderUsage(command: Command): string {
  const terms = new Map(flagsOf(command).map((flag) => [flag, term(flag)]))
  // The texts begin two columns behind the longest flag.
  const column = Math.max(...[...terms.values()].map(({ length }) => length)) + 2
  const option = (flag: Flag) =>
    wrap(flag.text, width - column)
      .map((line, index) => `${(index === 0 ? (terms.get(flag) ?? '') : '').padEnd(column)}${line}\n`)
      .join('')
  const paragraph = (text: string) => `${wrap(text, width).join('\n')}\n`
  return [
    `${scriptOf(command)}: ${command.summary}\n`,
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
