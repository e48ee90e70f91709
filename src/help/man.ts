import type { Option, Usage } from './usage.ts'

/** The manual page of a command, for man(7): `supabase-backup(1)` for backup.sh. */
export function renderMan(usage: Usage, version: string, others: readonly Usage[]): string {
  const name = manName(usage.script)
  return [
    '.\\" Made by `npm run generate` from src/shell/usage.',
    `.TH ${name.toUpperCase()} 1 "" "supabase-backup ${version}" "Backups of Supabase projects"`,
    '.SH NAME',
    `${roff(name)} \\- ${roff(usage.summary.replace(/\.$/, ''))}`,
    '.SH SYNOPSIS',
    ...usage.synopsis.flatMap((form) => [`.B ${roff(form)}`, '.br']),
    '.SH DESCRIPTION',
    ...usage.paragraphs.flatMap((paragraph) => ['.PP', roff(paragraph)]),
    '.SH OPTIONS',
    ...usage.sections.flatMap(({ title, options }) => [
      `.SS ${roff(title)}`,
      ...options.flatMap((option) => ['.TP', optionTerm(option), roff(option.text)]),
    ]),
    '.SH SEE ALSO',
    others.map(({ script }) => `.BR ${roff(manName(script))} (1)`).join(',\n'),
    '',
  ].join('\n')
}

export function manName(script: string): string {
  return `supabase-${script.replace(/\.sh$/, '')}`
}

function optionTerm({ flags, argument }: Option): string {
  const names = flags.map((flag) => `\\fB${roff(flag)}\\fR`).join(', ')
  return argument === undefined ? names : `${names} \\fI${roff(argument)}\\fR`
}

/** Text that roff takes literally: a dot at the beginning of a line would be a request, a bare hyphen a line break. */
function roff(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replace(/^[.']/, '\\&$&')
}
