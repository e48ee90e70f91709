import { commands } from './commands.ts'
import { environmentPage } from './env-page.ts'
import { pageHead, paragraphs, roff, seeAlso, tagged } from './roff.ts'
import { argumentOf, type Command, type Flag, formsOf, manualOf } from './table.ts'
import { synopsisOf } from './usage.ts'

/** The manual page of a command, for man(7): `supabase-backup(1)` for backup.sh. */
export function renderMan(command: Command, version: string): string {
  const { name, summary, description, sections, exitCodes, environment, files, examples } = command
  return [
    ...pageHead({ name: manualOf(command), section: 1, source: `src/flags/${name}.ts`, version, summary }),
    '.SH SYNOPSIS',
    `.B ${roff(synopsisOf(command))}`,
    '.SH DESCRIPTION',
    ...paragraphs(description),
    '.SH OPTIONS',
    ...sections.flatMap(({ title, flags }) => [
      `.SS ${roff(title)}`,
      ...flags.flatMap((flag) => tagged(optionTerm(flag), flag.text)),
    ]),
    '.SH EXIT STATUS',
    ...exitCodes.flatMap(({ codes, text }) => tagged(codes.join(', '), text)),
    '.SH ENVIRONMENT',
    ...environment.flatMap((entry) => tagged(entry.name, entry.text)),
    '.SH FILES',
    ...files.flatMap((entry) => tagged(entry.name, entry.text)),
    '.SH EXAMPLES',
    ...examples.flatMap((example) => tagged(example.command, example.text)),
    ...seeAlso([
      ...commands.filter((other) => other.name !== name).map((other) => `${manualOf(other)}(1)`),
      `${environmentPage}(5)`,
      'borg(1)',
    ]),
    '',
  ].join('\n')
}

function optionTerm(flag: Flag): string {
  const names = formsOf(flag).map((form) => `\\fB${roff(form)}\\fR`)
  const argument = argumentOf(flag)
  return argument === undefined ? names.join(', ') : `${names.join(', ')} \\fI${roff(argument)}\\fR`
}
