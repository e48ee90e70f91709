import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { enableLoginTriggers } from '../../../src/database/restore/login-triggers.ts'
import { type DatabaseRestore, restoreDatabase } from '../../../src/database/restore/restore.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { query } from '../../helpers/database.ts'
import { type DatabasePair, openDatabasePair } from '../../helpers/database-pair.ts'

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

let pair: DatabasePair
let restored: DatabaseRestore

const options = () => ({
  ...pair.options(),
  superuser: parseConnection({ url: pair.target.superuserUrl }, 'test'),
})
const differences = async (weakened: DatabaseRestore['weakened']) => {
  const found = await verifyDatabase({ ...options(), weakened })
  return found.differences.map(({ kind, name }) => `${kind} ${name}`).sort()
}

beforeAll(async () => {
  pair = await openDatabasePair(async ({ source }) => {
    await query(source.superuserUrl, 'ALTER ROLE postgres SUPERUSER')
    await query(source.databaseUrl, application)
    await query(source.superuserUrl, 'ALTER ROLE postgres NOSUPERUSER')
  }, 17)
  restored = await restoreDatabase(options())
})
afterAll(() => pair?.stop())

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
  await query(pair.target.databaseUrl, `INSERT INTO public.logins VALUES ('mallory')`)
  expect(await differences(restored.weakened)).toEqual(['table public.logins'])
  await query(pair.target.databaseUrl, `DELETE FROM public.logins WHERE who = 'mallory'`)
})

test('Event triggers on logins are enabled as they were once everything is compared, and then fire', async () => {
  await enableLoginTriggers(options().target, restored.weakened)
  await enableLoginTriggers(options().target, restored.weakened)
  expect(await query(pair.target.databaseUrl, states)).toEqual(asAtTheOrigin)
  const count = 'SELECT count(*)::int AS n FROM public.logins'
  const [before, after] = [
    await query(pair.target.databaseUrl, count),
    await query(pair.target.databaseUrl, count),
  ]
  expect(Number(after[0]?.['n'])).toBeGreaterThan(Number(before[0]?.['n']))
})
