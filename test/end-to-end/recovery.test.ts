import { appendFile, chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLog } from '../../src/common/log.ts'
import type { PostgresClients } from '../../src/database/connect/client-programs.ts'
import { findClients } from '../../src/database/connect/clients.ts'
import { libpqEnvironment, parseConnection } from '../../src/database/connect/connection.ts'
import { verifyDatabase } from '../../src/database/verify/verify.ts'
import { runScript } from '../../src/sandbox/scripts.ts'
import { openWorkspace, type Workspace } from '../../src/sandbox/workspace.ts'
import { type StorageApi, startStorageApi } from '../../src/standin/storage-api/server.ts'
import { verifyStorage } from '../../src/storage/verify/verify.ts'
import { type Clients17, prepareClients17 } from '../helpers/clients-17.ts'
import { type CommandResult, runCommand } from '../helpers/command.ts'
import { query, testClients } from '../helpers/database.ts'
import { fencesOf } from '../helpers/markdown.ts'
import { outgoingPlatform } from '../helpers/outgoing.ts'
import { startTestPlatform, type TestPlatform } from '../helpers/sandbox.ts'

/** What RECOVERY.md says the machine must have. */
const programs = ['psql', 'pg_restore', 'curl', 'jq']
/** What it uses of every Debian and Ubuntu, and what Debian's wrappers of psql and pg_restore need. */
const baseSystem = ['bash', 'awk', 'basename', 'cat', 'dd', 'sed', 'sha256sum', 'perl']

/** More than one request may carry. */
const largeObject = Buffer.alloc(50_000_001, 'sixteen bytes...')
const secretOfTheVault = 'the canary in the vault'
/** With and without a name, active and not. */
const jobs = `SELECT cron.schedule('nightly', '0 3 * * *', 'SELECT ''late'''), cron.schedule('*/5 * * * *', 'SELECT 1');
  SELECT cron.alter_job(cron.schedule('paused', '0 4 * * *', 'SELECT 2'), active := false)`

let folder: string
let source: Workspace
let target: TestPlatform
let newerTarget: TestPlatform
let targetStorage: StorageApi
let clients17: Clients17
let generation: string
let page: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supabase-backup-recovery-'))
  // The servers, which do not run as root, have to pass through.
  await chmod(folder, 0o711)
  await mkdir(join(folder, 'source'))
  target = await startTestPlatform()
  newerTarget = await startTestPlatform({ major: 17 })
  for (const platform of [target, newerTarget]) await query(platform.superuserUrl, outgoingPlatform)
  clients17 = await prepareClients17()
  targetStorage = await startStorageApi({
    databaseUrl: target.superuserUrl,
    directory: join(folder, 'target-objects'),
    jwtSecret: 'another-secret-of-at-least-32-characters',
  })
  source = await openWorkspace(join(folder, 'source'), { application: 'small' })
  await addToSource()
  await runScript({
    command: ['backup.sh', '--env-file', source.envFile],
    places: source.places,
    log: join(folder, 'log'),
    signal: AbortSignal.timeout(100_000),
  })
  generation = await extractNewest()
  page = await readFile(join(generation, 'RECOVERY.md'), 'utf8')
})

afterAll(async () => {
  await source?.sandbox.stop()
  await targetStorage?.stop()
  await target?.stop()
  await newerTarget?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Which role postgres may not grant, so that the page leaves it to be done by hand. */
const grantByHand = 'GRANT SELECT ON auth.users TO app_reader'

/** What the sandbox's application lacks: cron jobs, a secret, a grant, and an object for a resumable upload. */
async function addToSource(): Promise<void> {
  const { postgres, databaseUrl, storage } = source.sandbox
  const superuserUrl = postgres.url(postgres.superuser.user, postgres.superuser.password)
  await query(superuserUrl, `${outgoingPlatform}; ${grantByHand}`)
  await query(databaseUrl, `SELECT vault.create_secret('${secretOfTheVault}', 'canary', 'sings'); ${jobs}`)
  const answer = await fetch(`${storage.url}/object/documents/large`, {
    method: 'POST',
    headers: { authorization: `Bearer ${storage.serviceRoleKey}`, 'cache-control': 'max-age=60' },
    body: largeObject,
  })
  expect(answer.status).toBe(200)
}

/** Step 1 of the page: out of the repository with Borg alone. */
async function extractNewest(): Promise<string> {
  const { BORG_REPO = '', BORG_PASSPHRASE = '', BORG_BASE_DIR = '' } = source.sandbox.environment()
  const env = { PATH: process.env['PATH'], HOME: folder, BORG_PASSPHRASE, BORG_BASE_DIR }
  const list = await runCommand('borg', ['list', '--short', BORG_REPO], { env })
  const recovered = join(folder, 'recovered')
  await mkdir(recovered)
  const archive = `${BORG_REPO}::${list.stdout.trim()}`
  expect(await runCommand('borg', ['extract', archive], { env, cwd: recovered })).toMatchObject({ code: 0 })
  return recovered
}

/**
 * A folder with nothing but the programs that the page names and the base system's.
 * @param clients where PostgreSQL's are; default: the system's
 */
async function makePath(clients?: string): Promise<string> {
  const bin = await mkdtemp(join(folder, 'bin-'))
  const PATH = [...(clients === undefined ? [] : [clients]), process.env['PATH']].join(':')
  const find = ['--norc', '-c', 'type -P "$@"', 'bash', ...programs, ...baseSystem]
  const found = await runCommand('bash', find, { env: { PATH } })
  for (const path of found.stdout.trim().split('\n')) await symlink(path, join(bin, basename(path)))
  return bin
}

/** What the page has the reader export. */
async function environmentFor({ databaseUrl }: TestPlatform, clients?: string) {
  const connection = libpqEnvironment(parseConnection({ url: databaseUrl }, 'test'))
  const { PGHOST, PGPORT, PGUSER, PGDATABASE, PGPASSWORD } = connection
  return {
    ...{ PGHOST, PGPORT, PGUSER, PGDATABASE, PGPASSWORD },
    ...{ STORAGE_URL: targetStorage.url, SERVICE_ROLE_KEY: targetStorage.serviceRoleKey },
    ...{ PATH: await makePath(clients), HOME: folder },
  }
}

/** Types the page's blocks below one heading into a shell, one after the other, up to the first that fails. */
async function follow(heading: string, platform = target, clients?: string): Promise<CommandResult> {
  const section = page.split(/^## /m).find((text) => text.startsWith(heading)) ?? ''
  const blocks = fencesOf(section).filter(({ language }) => language === 'sh')
  const input = blocks.map(({ text }) => `${text}[ $? = 0 ] || exit\n`).join('')
  const env = await environmentFor(platform, clients)
  return runCommand('bash', ['--norc', '-s'], { env, cwd: generation, input })
}

test('the files are found to be as they were written, and a changed one is named', async () => {
  expect(await follow('2.')).toEqual({ code: 0, stdout: '', stderr: '' })
  const roles = join(generation, 'database/roles.sql')
  const before = await readFile(roles)
  await appendFile(roles, ' ')
  expect(await follow('2.')).toMatchObject({ code: 1, stdout: 'database/roles.sql: FAILED\n' })
  await writeFile(roles, before)
})

/** What is not as in the backup once the page's own last part has been seen to. */
async function differences(platform: TestPlatform, clients: PostgresClients) {
  expect(page).toContain('may take more than the rights of postgres: SELECT on auth.users for app_reader.')
  await query(platform.superuserUrl, grantByHand)
  const target = parseConnection({ url: platform.databaseUrl }, 'test')
  return (await verifyDatabase({ generation, target, clients, log: silentLog })).differences
}

test('the database comes back, equal to the backup, by programs newer than the server', async () => {
  const result = await follow('3.', target, clients17.binDirectory)
  expect(result).toEqual({ code: 0, stdout: 'The database is back.\n', stderr: '' })
  expect(await differences(target, await testClients())).toEqual([])
})

test('the database comes back on a newer server, by programs older than that', async () => {
  const result = await follow('3.', newerTarget)
  expect(result).toEqual({ code: 0, stdout: 'The database is back.\n', stderr: '' })
  const pgBinDir = clients17.binDirectory
  const clients = await findClients({
    environment: process.env,
    serverMajor: 17,
    pgBinDir,
    log: silentLog,
    phase: 'test',
  })
  expect(await differences(newerTarget, clients)).toEqual([])
})

test('the objects come back, equal to the backup', async () => {
  expect(await follow('4.')).toEqual({ code: 0, stdout: '', stderr: '' })
  const verification = await verifyStorage({
    generation,
    endpoint: { url: targetStorage.url, serviceRoleKey: targetStorage.serviceRoleKey },
    verifyBytes: 'all',
    log: silentLog,
  })
  expect(verification.differences).toEqual([])
  expect(verification.counts).toMatchObject({ objects: 41, objectsHashed: 41 })
  expect(targetStorage.requests.count('tus-patch')).toBe(Math.ceil(largeObject.length / (6 << 20)))
})

test('the page holds no secret, and every one of its places is filled in', () => {
  const secrets = Object.entries(source.sandbox.environment())
    .filter(([name]) => /KEY|PASSPHRASE|DB_URL/.test(name))
    .map(([, value]) => value)
  for (const secret of [...secrets, secretOfTheVault, new URL(source.sandbox.databaseUrl).password])
    expect(page).not.toContain(secret)
  expect(page).not.toMatch(/\{\{|undefined/)
})
