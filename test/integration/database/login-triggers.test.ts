import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/connect/clients.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { enableLoginTriggers } from '../../../src/database/restore/login-triggers.ts'
import { type DatabaseRestore, restoreDatabase } from '../../../src/database/restore/restore.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { backupInto, query, testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

const application = `
CREATE TABLE public.logins (who text, at timestamptz DEFAULT now());
CREATE FUNCTION public.note_login() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
  AS 'BEGIN INSERT INTO public.logins (who) VALUES (session_user); END';
CREATE EVENT TRIGGER notes ON login EXECUTE FUNCTION public.note_login();
ALTER EVENT TRIGGER notes ENABLE ALWAYS;
CREATE EVENT TRIGGER "notes ""too" ON login EXECUTE FUNCTION public.note_login();
CREATE EVENT TRIGGER never ON login EXECUTE FUNCTION public.note_login();
ALTER EVENT TRIGGER never DISABLE;
COMMENT ON EVENT TRIGGER notes IS 'who came';
`
const states = `SELECT evtname::text AS name, evtenabled::text AS state FROM pg_event_trigger WHERE evtevent = 'login' ORDER BY 1`
const asAtTheOrigin = [
  { name: 'never', state: 'D' },
  { name: 'notes', state: 'A' },
  { name: 'notes "too', state: 'O' },
]

let source: TestPlatform
let target: TestPlatform
let clients: PostgresClients
let generation: string
let restored: DatabaseRestore

const options = () => ({
  ...{ generation, clients, log: silentLog },
  target: parseConnection({ url: target.databaseUrl }, 'test'),
  superuser: parseConnection({ url: target.superuserUrl }, 'test'),
})
const differences = async (weakened: DatabaseRestore['weakened']) => {
  const found = await verifyDatabase({ ...options(), weakened })
  return found.differences.map(({ kind, name }) => `${kind} ${name}`).sort()
}

beforeAll(async () => {
  clients = await testClients(17)
  ;[source, target] = await Promise.all([startTestPlatform({ major: 17 }), startTestPlatform({ major: 17 })])
  await query(source.superuserUrl, 'ALTER ROLE postgres SUPERUSER')
  await query(source.databaseUrl, application)
  await query(source.superuserUrl, 'ALTER ROLE postgres NOSUPERUSER')
  generation = await backupInto(source.databaseUrl, clients)
  restored = await restoreDatabase(options())
})
afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()])
  if (generation) await rm(generation, { recursive: true, force: true })
})

test('Event triggers on logins do not fire for the comparison, which accepts that and nothing else', async () => {
  expect(restored.weakened.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'asleep EVENT TRIGGER notes',
    'asleep EVENT TRIGGER notes "too',
  ])
  expect(restored.findings.map(({ kind }) => kind)).not.toContain('asleep')
  expect(await differences(restored.weakened)).toEqual([])
  expect(await differences([])).toEqual(['trigger EVENT TRIGGER notes', 'trigger EVENT TRIGGER notes "too'])
})

test('Rows that others wrote into the table of a login trigger are a difference', async () => {
  await query(target.databaseUrl, `INSERT INTO public.logins VALUES ('mallory')`)
  expect(await differences(restored.weakened)).toEqual(['table public.logins'])
  await query(target.databaseUrl, `DELETE FROM public.logins WHERE who = 'mallory'`)
})

test('Event triggers on logins are enabled as they were once everything is compared, and then fire', async () => {
  await enableLoginTriggers(options().target, restored.weakened)
  await enableLoginTriggers(options().target, restored.weakened)
  expect(await query(target.databaseUrl, states)).toEqual(asAtTheOrigin)
  const count = 'SELECT count(*)::int AS n FROM public.logins'
  const [before, after] = [await query(target.databaseUrl, count), await query(target.databaseUrl, count)]
  expect(Number(after[0]?.['n'])).toBeGreaterThan(Number(before[0]?.['n']))
})
