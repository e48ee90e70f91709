import { type Kind, kinds } from './kinds.ts'

function row({ name, component, returns, facts = [] }: Kind): string {
  const files = facts.map(({ file }) => `\`${file}\``).join(', ')
  return `| ${[name, component ?? 'no', returns, files].map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

/** `docs/reference/coverage.md`, from the table of kinds. */
export function renderCoveragePage(): string {
  return `# What is in a backup, and how it returns

Generated from \`src/coverage/kinds.ts\` by \`npm run generate\`; a test fails when the two differ, when a fact that a
backup records is missing here, or when a rule of the restore is. Entry by entry of a dump, the
[rules of the restore](restore-rules.md) decide.

The second column names the component that holds a thing (\`--only\`, \`--skip\`); \`no\` means that no backup does. The
last names the file in \`database/\` that records it, which is compared with the target after every restore and drill.

| what | component | how it returns | recorded in |
|---|---|---|---|
${kinds.map(row).join('\n')}

What could not be read is never left out in silence: it is named and counted in the report, the archive's name ends in
\`-degraded\`, and the run exits with 3.
`
}
