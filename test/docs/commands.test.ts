import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { componentNames } from '../../src/components/list.ts'
import { openWorkspace, type Workspace } from '../../src/sandbox/workspace.ts'
import { checkout } from '../helpers/checkout.ts'
import { runCommand } from '../helpers/command.ts'
import { readDocuments } from '../helpers/documents.ts'
import { fencesOf } from '../helpers/markdown.ts'

/** A command of a page; a comment `not run: <why>` before its block says that it is not run here. */
interface Command {
  page: string
  line: number
  text: string
  comment: string
}

function commandsOf(page: string, markdown: string): Command[] {
  return fencesOf(markdown)
    .filter(({ language }) => language === 'sh')
    .flatMap((fence) =>
      fence.text
        .split('\n')
        .map((text, index) => ({ page, line: fence.line + 1 + index, text, comment: fence.comment }))
        .filter(({ text }) => text !== ''),
    )
}

const documents = await readDocuments()
const commands = documents.flatMap(({ path, text }) => commandsOf(path, text))
const isMarked = ({ comment }: Command) => comment.startsWith('not run: ')
/** The set-up comes first, as it makes the backup that the other pages speak of; a command of several pages is run once. */
const order = ['README.md', 'docs/how-to/set-up.md']
const runnable = commands
  .filter((command) => !isMarked(command))
  .sort((a, b) => Number(order.includes(b.page)) - Number(order.includes(a.page)))
  .filter(({ text }, index, all) => all.findIndex((other) => other.text === text) === index)

test('every command of the pages is run here, or says why not', () => {
  expect(runnable.length).toBeGreaterThan(10)
  const marked = commands.filter(isMarked)
  for (const { page, line, comment } of marked)
    expect(comment.length, `${page}:${line}`).toBeGreaterThan('not run: '.length + 5)
  const blocks = documents.flatMap(({ text }) => fencesOf(text))
  expect(blocks.map(({ language }) => language).filter((language) => language === '')).toEqual([])
})

describe('on a project called shop', () => {
  let folder: string
  let workspace: Workspace

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'supabase-backup-docs-'))
    // The drill's server, which does not run as root, has to pass through.
    await chmod(folder, 0o711)
    workspace = await openWorkspace(folder, { application: 'small', management: true })
    const configuration = join(workspace.places['XDG_CONFIG_HOME'] ?? '', 'supabase-backup')
    await mkdir(configuration)
    const settings = (await readFile(workspace.envFile, 'utf8')).replace(/^PROJECT_NAME=.*\n/m, '')
    await writeFile(join(configuration, 'shop.env'), settings, { mode: 0o600 })
    await mkdir(join(folder, 'home'))
    for (const script of ['backup.sh', 'restore.sh', 'install.sh'])
      await symlink(join(checkout, script), join(folder, 'home', script))
    await copyFile(join(checkout, '.env.example'), join(folder, 'home/.env.example'))
  })

  afterAll(async () => {
    await workspace?.sandbox.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test.each(runnable)('$page: $text', async ({ text }) => {
    const home = join(folder, 'home')
    const env = { PATH: process.env['PATH'], HOME: home, ...workspace.places }
    const result = await runCommand('bash', ['--norc', '-c', text], { env, cwd: home })
    expect(result.code, `${result.stdout}\n${result.stderr}`).toBe(0)
  })

  test('the description of a generation names every file that the backup made', async () => {
    const page = await readFile(join(checkout, 'docs/reference/files.md'), 'utf8')
    const { LOCAL_BACKUP_DIR = '' } = workspace.sandbox.environment()
    const entries = await readdir(LOCAL_BACKUP_DIR, { withFileTypes: true })
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
    expect(folders.toSorted()).toEqual(['database', 'functions', 'settings', 'storage'])
    const inside = folders.map(async (folder) =>
      (await readdir(join(LOCAL_BACKUP_DIR, folder))).map((name) => `${folder}/${name}`),
    )
    const files = [...entries.map(({ name }) => name), ...(await Promise.all(inside)).flat()]
    // A file a route of settings, whose names are the platform's.
    const isNamed = (name: string) => page.includes(`\`${name}`) || /^settings\/[a-z-]+\.json$/.test(name)
    expect(files.filter((name) => !isNamed(name))).toEqual([])
    expect(componentNames.filter((name) => !page.includes(`| \`${name}/`))).toEqual([])
  })
})
