import { expect, test } from 'vitest'
import { hasPsqlCommand } from '../../../src/database/sql/outside-quotes.ts'
import { quoteName, quoteText } from '../../../src/database/sql/statements.ts'

const hostile = [
  '\\! touch x',
  "'\n\\! touch x",
  '"\n\\! x',
  '$$\n\\! x',
  "\\'\n\\! x",
  '*/\n\\! x',
  "E'\\",
  '--\n\\! x',
]

test.each(hostile)('Quoted, %j is no command of psql’s', (text) => {
  const body = `BEGIN ${quoteName(text)} := ${quoteText(text)}; END`
  for (const sql of [quoteText(text), quoteName('s', text), `DO ${quoteText(body)};\n`])
    expect(hasPsqlCommand(`SELECT ${sql}, 1;\n`), sql).toBe(false)
})

test.each([
  "SELECT 'a\\' , \"b\\\", $$ \\! $$, $a$ \\ $$ \\ $a$, E'\\'\\\\' -- \\! '\n/* \\ /* ' */ \\ */;",
  "SELECT E'a'\n  'b\\'c', a$b$c, $1 + 1;",
  'SELECT ü$x$ FROM "t\\"',
])('A backslash within something else is none: %j', (sql) => {
  expect(hasPsqlCommand(sql)).toBe(false)
})

test.each([
  'SELECT 1;\n\\! touch x',
  'SELECT setval(1, 1, true);\n\\! touch x\nSELECT (1, true)',
  'SELECT 1 \\gexec',
  "SELECT 'a'; \\i x",
  "SELECT E'a\\\\'; \\! x",
  "SELECT 'a\\'; \\! x --'",
  "SELECT e'a'\n--\n'b\\' \\'; \\! x",
  'SELECT $a$ $b$ $a$; \\! x',
  'SELECT a$$; \\! x; SELECT b$$',
  '/* /* */ */ \\! x',
  "/* ' */ \\! x",
  '-- "\n\\! x',
  "SELECT 'not ended",
  'SELECT "not ended',
  'SELECT $$not ended',
  '/* not /* ended */',
])('A backslash outside of them is one, and what is not ended counts as one: %j', (sql) => {
  expect(hasPsqlCommand(sql)).toBe(true)
})
