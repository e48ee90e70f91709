import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ExitCode } from '../../src/common/errors.ts'
import { settingsSchema } from '../../src/config/variables.ts'
import * as facts from '../../src/database/facts/all.ts'
import { commands } from '../../src/flags/commands.ts'
import { flagsOf as flagsOfCommand, formsOf, scriptOf } from '../../src/flags/table.ts'
import { checkout } from '../helpers/checkout.ts'
import { readDocuments } from '../helpers/documents.ts'
import { fencesOf, withoutFences } from '../helpers/markdown.ts'

/** Flags of other programs that the pages speak of. */
const otherFlags = ['--append-only', '--data-only', '--snapshot']

/** Names in capitals that are no variables of the env file: the environment's own, hooks', other programs'. */
const otherNames = [
  'XDG_RUNTIME_DIR',
  'CREDENTIALS_DIRECTORY',
  'HOOK_EVENT',
  'RUN_EXIT_CODE',
  'RUN_KIND',
  'RUN_ID',
  'ERROR_CODE',
  'ERROR_MESSAGE',
  'ERROR_SUGGESTION',
  'ERROR_PHASE',
  'XDG_CONFIG_HOME',
  'POOLER_TENANT_ID',
  'SITE_URL',
  'FUNCTIONS_VERIFY_JWT',
  'DASHBOARD_HOST',
  'DASHBOARD_PORT',
  'DASHBOARD_URL',
  'DOCS_PICTURES',
  'DATABASE_URL',
  'DOCKER_HOST',
  'OP_SERVICE_ACCOUNT_TOKEN',
  'STORAGE_URL',
  'SERVICE_ROLE_KEY',
  'SUPABASE_PUBLIC_URL',
  'POSTGRES_PASSWORD',
  'DASHBOARD_DIR',
  'TRUST_PROXY',
  'ALERTS_PROXY',
  'HTTPS_PROXY',
]

const documents = await readDocuments()
const errorCodes = documents
  .filter(({ path }) => path.endsWith('errors.md'))
  .flatMap(({ text }) => [...text.matchAll(/^### (\w+)$/gm)].map(([, code]) => `${code}`))
const flagsOf = new Map(
  commands.map((command) => [scriptOf(command), flagsOfCommand(command).flatMap(formsOf)]),
)
const flag = /(?<=^|\s)--?[a-z][a-z-]*/g

const inlineCode = (text: string) =>
  [...withoutFences(text).matchAll(/`([^`\n]+)`/g)].map(([, code]) => code ?? '')

/** Every command of one of the scripts on a page, in its blocks and in its lines, up to a pipe or a semicolon. */
function commandsOf(text: string): { script: string; flags: string[] }[] {
  const code = [...fencesOf(text).map((fence) => fence.text), ...inlineCode(text)].join('\n')
  return [...code.matchAll(/(backup|restore|install)\.sh([^\n|;]*)/g)].map(([, name, rest = '']) => ({
    script: `${name}.sh`,
    flags: rest.match(flag) ?? [],
  }))
}

test.each(documents)('every flag that $path names exists', ({ text }) => {
  const unknown = commandsOf(text).flatMap(({ script, flags }) =>
    flags.filter((name) => !flagsOf.get(script)?.includes(name)).map((name) => `${script} ${name}`),
  )
  const known = [...flagsOf.values()].flat()
  const alone = inlineCode(text).filter((code) => code.startsWith('--'))
  const lost = alone.flatMap((code) => code.match(flag) ?? []).filter((name) => !known.includes(name))
  expect([...unknown, ...lost.filter((name) => !otherFlags.includes(name))]).toEqual([])
})

test.each(documents)('every variable that $path names exists', ({ path, text }) => {
  const settings = Object.keys(settingsSchema.shape)
  const assigned = fencesOf(text)
    .filter(({ language }) => language === 'ini')
    .flatMap((fence) => [...fence.text.matchAll(/^(\w+)=/gm)].map(([, name]) => name ?? ''))
  const named = path.endsWith('errors.md')
    ? []
    : inlineCode(text).flatMap((code) => code.match(/\b[A-Z]+(?:_[A-Z]+)+\b(?![*_…])/g) ?? [])
  const known = [...settings, ...otherNames, ...errorCodes]
  const unknown = [...assigned, ...named].filter((name) => !known.includes(name))
  expect(unknown).toEqual([])
})

test('every test that a page refers to exists', async () => {
  const named = documents.flatMap(
    ({ text }) => text.match(/(?:dashboard\/)?test\/[\w/-]+(?:\.test\.ts)?/g) ?? [],
  )
  expect(named.length).toBeGreaterThan(5)
  for (const path of named) await expect(access(join(checkout, path)), path).resolves.toBeUndefined()
})

test('the description of a generation names every file of one', async () => {
  const page = await readFile(join(checkout, 'docs/reference/files.md'), 'utf8')
  for (const fact of Object.values(facts))
    if (typeof fact === 'object' && fact !== null && 'file' in fact)
      expect(page).toContain(`\`database/${String(fact.file)}\``)
})

test('flags are read from commands in blocks and in lines', () => {
  expect(commandsOf('```sh\n./backup.sh -p a --no-such\n```\n`restore.sh --list | less -S`')).toEqual([
    { script: 'backup.sh', flags: ['-p', '--no-such'] },
    { script: 'restore.sh', flags: ['--list'] },
  ])
})

test('the page on exit codes has those that the scripts promise', async () => {
  const page = await readFile(join(checkout, 'docs/reference/exit-codes.md'), 'utf8')
  const listed = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, number]) => Number(number))
  expect(listed).toEqual(Object.values(ExitCode).toSorted((a, b) => a - b))
})
