import { type Rule, rules } from './rules.ts'

const words = { keep: 'kept', drop: 'left out', transform: 'by statements of its own' } as const

function row({ id, action, types, where, reason, applies }: Rule): string {
  const cells = [
    `\`${id}\``,
    types.includes('*') ? 'any' : types.join(', '),
    where,
    words[action],
    `${reason}${applies === undefined ? '' : ` Applies: ${applies}.`}`,
  ]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

/** `docs/reference/restore-rules.md`, from the rules themselves. */
export function renderRulesPage(): string {
  return `# What a restore brings back of a database

Generated from \`src/database/rules/rules.ts\` by \`npm run generate\`; a test fails when the two differ.

A restore decides on each entry of the dump's table of contents, by the first of these rules that matches it. The text of
a dump is never edited: an entry is restored as it is, left out, or replaced by statements that are parsed or built from
the facts recorded with the backup. What is left out is counted in the report, and named in the
backup's database/left-out.jsonl, which \`restore.sh --left-out\` prints, and after a restore in the state's left-out.jsonl. A statement that fails although
its rule lets it through ends the restore, and nothing is changed.

| rule | entries | which | restored | why |
|---|---|---|---|---|
${rules.map(row).join('\n')}
`
}
