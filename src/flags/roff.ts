/** Text that roff takes literally: a dot at the beginning of a line would be a request, a bare hyphen a line break. */
export function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('…', '\\|.\\|.\\|.\\|')
    .replace(/^[.']/, '\\&$&')
}

export interface Page {
  name: string
  section: 1 | 5
  /** What it is made from, for who would edit it. */
  source: string
  version: string
  summary: string
}

/** The head of a manual page, up to its name and summary. */
export function pageHead({ name, section, source, version, summary }: Page): string[] {
  return [
    `.\\" Made by \`npm run generate\` from ${source}.`,
    `.TH ${name.toUpperCase()} ${section} "" "supabase-backup ${version}" "Backups of Supabase projects"`,
    '.SH NAME',
    `${roff(name)} \\- ${roff(summary.replace(/\.$/, ''))}`,
  ]
}

export function paragraphs(texts: readonly string[]): string[] {
  return texts.flatMap((text) => ['.PP', roff(text)])
}

/** A term, in bold unless it has fonts of its own, and what is said of it below. */
export function tagged(term: string, ...texts: readonly string[]): string[] {
  return ['.TP', term.includes('\\f') ? term : `\\fB${roff(term)}\\fR`, ...texts.map(roff)]
}

/** `.BR supabase-backup (1),` a line each; names as `supabase-backup(1)`. */
export function seeAlso(pages: readonly string[]): string[] {
  const lines = pages.map((page) => {
    const [, name = page, section = '1'] = /^(.+)\((\d)\)$/.exec(page) ?? []
    return `.BR ${roff(name)} (${section})`
  })
  return ['.SH SEE ALSO', ...lines.map((line, index) => (index < lines.length - 1 ? `${line},` : line))]
}
