import { appendFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { armDatabase } from '../../../src/database/restore/arm.ts'
import { enableWebhooks } from '../../../src/database/restore/enable-webhooks.ts'
import { previewDatabase } from '../../../src/database/restore/preview.ts'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import type { ProjectApi } from '../../../src/management-api/client.ts'
import { type ManagementApi, startManagementApi } from '../../../src/standin/management-api/server.ts'
import { smallApplication } from '../../helpers/application-sql.ts'
import { backupInto, query, schemaText, testClients } from '../../helpers/database.ts'
import { outgoingApplication, outgoingPlatform, webhooksOfPlatform } from '../../helpers/outgoing.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

let source: TestPlatform
let target: TestPlatform
let bare: TestPlatform
let clients: PostgresClients
let generation: string

const options = (platform: TestPlatform) => ({
  generation,
  target: parseConnection({ url: platform.databaseUrl }, 'test'),
  clients,
  log: silentLog,
})

const jobs = (platform: TestPlatform) =>
  query(
    platform.databaseUrl,
    'SELECT jobname, schedule, command, active FROM cron.job ORDER BY jobname NULLS LAST',
  )

const webhooks = (platform: TestPlatform) =>
  query(
    platform.databaseUrl,
    `SELECT tgname, tgenabled FROM pg_trigger WHERE tgfoid = 'supabase_functions.http_request'::regproc ORDER BY tgname`,
  )

beforeAll(async () => {
  ;[source, target, bare, clients] = await Promise.all([
    startTestPlatform(),
    startTestPlatform(),
    startTestPlatform(),
    testClients(),
  ])
  await Promise.all([
    query(source.superuserUrl, outgoingPlatform),
    query(target.superuserUrl, outgoingPlatform),
  ])
  await query(source.databaseUrl, smallApplication)
  await query(source.databaseUrl, outgoingApplication)
  await query(
    source.databaseUrl,
    `SELECT vault.create_secret('sesame', 'door', 'of the cave'), vault.create_secret(E'with ''quote'' and \\\\ back')`,
  )
  await query(
    target.databaseUrl,
    `SELECT cron.schedule('old', '* * * * *', 'SELECT 0'), vault.create_secret('old', 'old')`,
  )
  generation = await backupInto(source.databaseUrl, clients)
})

afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop(), bare?.stop()])
  await rm(generation, { recursive: true, force: true })
})

describe('what calls out of a database', () => {
  test('comes back quiet, and is named', async () => {
    const { findings } = await restoreDatabase(options(target))
    expect(await jobs(target)).toEqual((await jobs(source)).map((job) => ({ ...job, active: false })))
    expect(await webhooks(target)).toEqual([
      { tgname: 'call home', tgenabled: 'D' },
      { tgname: 'silent', tgenabled: 'D' },
    ])
    const named = Object.fromEntries(findings.map(({ kind, names }) => [kind, names]))
    expect(named).toMatchObject({
      'cron-disarmed': ['nightly', 'SELECT 1'],
      'webhooks-disarmed': ['call home on public.notes'],
      'webhooks-left-out': ['on_file on storage.objects'],
    })
  })

  test('is no difference to a verification that knows of it, and one to any other', async () => {
    expect((await verifyDatabase({ ...options(target), disarmed: true })).differences).toEqual([])
    const { differences } = await verifyDatabase(options(target))
    expect(differences.map(({ kind, name }) => `${kind} ${name}`).sort()).toEqual([
      'cron job SELECT 1',
      'cron job nightly',
      'trigger TRIGGER public notes call home',
      'trigger TRIGGER storage objects on_file',
    ])
  })

  test('is made active afterwards, as it was at the origin', async () => {
    const armed = await armDatabase(options(target))
    expect(armed).toEqual({
      cronJobs: ['nightly', 'SELECT 1'],
      webhooks: ['call home on public.notes', 'on_file on storage.objects'],
      notArmed: [],
    })
    expect(await jobs(target)).toEqual(await jobs(source))
    expect(await schemaText(target.databaseUrl, clients)).toBe(await schemaText(source.databaseUrl, clients))
    expect(await armDatabase(options(target))).toEqual({ cronJobs: [], webhooks: [], notArmed: [] })
  })

  test('comes back active at once where that is asked for', async () => {
    await restoreDatabase({ ...options(target), arm: true })
    expect(await jobs(target)).toEqual(await jobs(source))
    expect(await webhooks(target)).toEqual(await webhooks(source))
    expect((await verifyDatabase(options(target))).differences).toEqual([])
  })

  test('is named where nobody but a superuser could make it, and no difference then', async () => {
    const cron = join(generation, 'database', 'cron.jsonl')
    const before = await readFile(cron)
    const job = {
      jobId: '70',
      schedule: '0 0 * * *',
      command: 'SELECT 7',
      database: 'postgres',
      active: true,
    }
    for (const other of [
      { ...job, name: 'nightly', username: 'jobber' },
      { ...job, name: 'there', username: 'postgres', database: 'elsewhere' },
    ])
      await appendFile(cron, `${JSON.stringify(other)}\n`)
    const names = ['cron job nightly of jobber', 'cron job there in database elsewhere']
    const { weakened, status } = await restoreDatabase(options(target))
    expect(status).toBe('degraded')
    expect(weakened.map(({ kind, name }) => `${kind} ${name}`)).toEqual(
      names.map((name) => `refused ${name}`),
    )
    const verify = async (more: object) =>
      (await verifyDatabase({ ...options(target), disarmed: true, ...more })).differences.map(
        ({ kind, name }) => `${kind} ${name}`,
      )
    expect(await verify({ weakened })).toEqual([])
    expect(await verify({})).toEqual(names)
    await query(target.databaseUrl, `SELECT cron.unschedule(jobid) FROM cron.job WHERE jobname = 'nightly'`)
    expect(await verify({ weakened })).toEqual(['cron job nightly'])
    const { notArmed } = await armDatabase(options(target))
    expect(notArmed).toEqual(names.map((name) => `${name}: a restore cannot make it`))
    await writeFile(cron, before)
  })

  test('is left out, and named, where the target has neither pg_cron nor webhooks', async () => {
    const { findings } = await restoreDatabase(options(bare))
    const kinds = findings.map(({ kind, count }) => `${kind} ${count}`)
    expect(kinds).toContain('cron-missing 3')
    expect(kinds).toContain('webhooks-unavailable 3')
  })

  test('is not said to be armed where it is not there, and made once it can be', async () => {
    const { notArmed, ...armed } = await armDatabase(options(bare))
    expect(armed).toEqual({ cronJobs: [], webhooks: [] })
    expect(notArmed).toEqual([
      'cron job nightly: the target has no pg_cron',
      'cron job SELECT 1: the target has no pg_cron',
      ...['call home on public.notes', 'silent on public.notes', 'on_file on storage.objects'].map(
        (name) => `webhook ${name}: the target has no Database Webhooks`,
      ),
    ])
    await query(bare.superuserUrl, outgoingPlatform)
    expect(await armDatabase(options(bare))).toMatchObject({
      cronJobs: ['nightly', 'SELECT 1'],
      notArmed: [],
    })
    const active = (await jobs(source)).filter((job) => job['active'])
    expect(await jobs(bare)).toEqual(active)
  })

  test('comes back where the restore itself makes the extension', async () => {
    await query(
      bare.superuserUrl,
      `DROP SCHEMA cron CASCADE; DROP SCHEMA supabase_functions CASCADE; DROP EXTENSION citext CASCADE;
       CREATE FUNCTION public.bring() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $bring$ BEGIN IF to_regclass('cron.job') IS NULL THEN ${outgoingPlatform} END IF; END $bring$;
       ALTER FUNCTION public.bring() SET SCHEMA extensions;
       CREATE EVENT TRIGGER bring ON ddl_command_end WHEN TAG IN ('CREATE EXTENSION') EXECUTE FUNCTION extensions.bring()`,
    )
    const { findings } = await restoreDatabase(options(bare))
    await query(bare.superuserUrl, 'DROP EVENT TRIGGER bring')
    expect(findings.map(({ kind }) => kind)).not.toContain('cron-missing')
    expect(await jobs(bare)).toEqual((await jobs(source)).map((job) => ({ ...job, active: false })))
  })
})

describe('Database Webhooks that the target lacks', () => {
  const token = `sbp_${'0123456789'.repeat(4)}`
  const ref = 'abcdefghijklmnopqrst'
  let api: ManagementApi

  beforeEach(async () => {
    await query(bare.superuserUrl, 'DROP SCHEMA IF EXISTS supabase_functions CASCADE')
    api = await startManagementApi({
      token,
      enableWebhooks: () => query(bare.superuserUrl, webhooksOfPlatform).then(() => {}),
    })
    await api.add({ ref })
  })
  afterEach(() => api.stop())

  const targetWith = (management: ProjectApi | undefined) => ({
    ...{ role: 'target' as const, reference: ref, storage: undefined, management },
    database: options(bare).target,
  })

  test('are enabled through its API before the triggers that call them are created', async () => {
    const target = targetWith({ endpoint: { url: api.url, token }, ref })
    await enableWebhooks({ generation, target, log: silentLog })
    expect(api.requests).toEqual([`POST /v1/projects/${ref}/database/webhooks/enable`])
    const { findings } = await restoreDatabase({ ...options(bare), arm: true })
    expect(findings.map(({ kind }) => kind)).not.toContain('webhooks-unavailable')
    expect(await webhooks(bare)).toEqual(await webhooks(source))
    await enableWebhooks({ generation, target, log: silentLog })
    expect(api.requests).toHaveLength(1)
  })

  test('are previewed as enabled where a restore has the token for it, and as unavailable where it has not', async () => {
    const preview = async (enablesWebhooks: boolean) => {
      const { objects, findings } = await previewDatabase({ ...options(bare), enablesWebhooks })
      const made = objects.filter(
        ({ name, change }) => change === 'create' && /^TRIGGER .* call home/.test(name),
      )
      const kinds = findings.map(({ kind }) => kind).filter((kind) => kind.startsWith('webhooks-'))
      return { kinds, made: made.length }
    }
    // The triggers themselves were dropped with what they call.
    expect(await preview(true)).toEqual({
      kinds: ['webhooks-enabled', 'webhooks-disarmed', 'webhooks-left-out'],
      made: 1,
    })
    expect(await preview(false)).toEqual({ kinds: ['webhooks-unavailable'], made: 0 })
    expect(api.requests).toEqual([])
  })

  test('are enabled for a part of the database that calls them, and for no other', async () => {
    const target = targetWith({ endpoint: { url: api.url, token }, ref })
    const enable = (schema: string, name: string) =>
      enableWebhooks({
        ...{ generation, target, log: silentLog },
        selection: { schemas: [], tables: [{ schema, name }] },
      })
    await enable('app', 'orders')
    expect(api.requests).toEqual([])
    await enable('public', 'notes')
    expect(api.requests).toEqual([`POST /v1/projects/${ref}/database/webhooks/enable`])
  })

  test('are left to the operator where no token is there, or it may not enable them', async () => {
    await enableWebhooks({ generation, target: targetWith(undefined), log: silentLog })
    api.faults.push({ status: 403 })
    await enableWebhooks({
      ...{ generation, log: silentLog },
      target: targetWith({ endpoint: { url: api.url, token }, ref }),
    })
    const { findings } = await restoreDatabase(options(bare))
    const found = findings.find(({ kind }) => kind === 'webhooks-unavailable')
    expect(found?.message).toMatch(/dashboard, Database, Webhooks.* access token/)
  })
})

test('Secrets of the vault are readable on a server with another root key', async () => {
  const secrets = 'SELECT name, description, decrypted_secret FROM vault.decrypted_secrets ORDER BY 1'
  expect(await query(target.databaseUrl, secrets)).toEqual(await query(source.databaseUrl, secrets))
})

test.each(['skip', 'refused'] as const)(
  'Secrets of the vault that a backup is without (%s) are in none of its files, and named by backup and restore',
  async (vault) => {
    const without = await backupInto(source.databaseUrl, clients, vault)
    try {
      const kept = await readFile(join(without, 'database/vault.jsonl'), 'utf8')
      expect(kept).toContain('"door"')
      expect(kept).not.toContain('sesame')
      const { findings } = await restoreDatabase({ ...options(target), generation: without })
      expect(findings.find(({ kind }) => kind === 'vault-secret-unknown')).toMatchObject({
        severity: 'manual',
        names: expect.arrayContaining(['door']),
      })
      const verified = await verifyDatabase({ ...options(target), generation: without, disarmed: true })
      expect(verified.differences).toEqual([])
    } finally {
      await rm(without, { recursive: true, force: true })
    }
  },
)
