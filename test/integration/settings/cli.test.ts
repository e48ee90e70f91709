import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fetchRootKey, replaceRootKey } from '../../../src/management-api/root-key.ts'
import { readSettings } from '../../../src/settings/files.ts'
import {
  openSettingsWorld,
  originRef,
  progressInMemory,
  type SettingsWorld,
  targetRef,
  token,
} from '../../helpers/settings.ts'
import { runSupabaseCli } from '../../helpers/supabase-cli.ts'

let world: SettingsWorld
let home: string
beforeEach(async () => {
  world = await openSettingsWorld()
  home = await mkdtemp(join(tmpdir(), 'supabase-cli-'))
})
afterEach(async () => {
  await world.stop()
  await rm(home, { recursive: true, force: true })
})

const cli = (ref: string, ...args: string[]) =>
  runSupabaseCli({
    ...{ url: world.api.url, token, home },
    args: [...args, '--experimental', `--remote=${ref}`],
  })

const commands = ['network-restrictions', 'ssl-enforcement', 'postgres-config', 'vanity-subdomains']

/** What the CLI tells of a project's settings, by command. */
async function told(ref: string): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {}
  for (const command of commands) found[command] = JSON.parse(await cli(ref, command, 'get', '-o', 'json'))
  return found
}

test('What the platform’s CLI sets is what a backup has, and what it tells of a target that was restored', async () => {
  world.origin.vanitySubdomain = 'shop'
  const addresses = ['--db-allow-cidr', '198.51.100.0/24', '--db-allow-cidr', '2001:db8::/32']
  await cli(originRef, 'network-restrictions', 'update', ...addresses)
  await cli(originRef, 'ssl-enforcement', 'update', '--enable-db-ssl-enforcement')
  const overrides = ['--config', 'work_mem=8MB', '--config', 'max_connections=80']
  await cli(originRef, 'postgres-config', 'update', ...overrides)

  const { generation } = await world.backUp(originRef)
  const { parts } = await readSettings(generation)
  const valuesOf = (name: string) => parts.find((part) => part.name === name)?.values
  const origin = await told(originRef)
  expect(origin).toMatchObject({
    'network-restrictions': { config: valuesOf('network-restrictions') },
    'ssl-enforcement': { currentConfig: valuesOf('ssl-enforcement') },
    'postgres-config': { work_mem: '8MB', max_connections: 80 },
    'vanity-subdomains': valuesOf('vanity-subdomain') ?? {},
  })
  expect(valuesOf('postgres')).toMatchObject(Object(origin['postgres-config']))

  const opened = await world.open(generation, targetRef)
  const progress = progressInMemory()
  await opened.restore(progress)
  expect(await opened.finish?.(progress)).toEqual([])
  await opened.close()
  // The subdomain is a name that only one project has.
  expect(await told(targetRef)).toEqual({ ...origin, 'vanity-subdomains': { status: 'not-used' } })
})

test('The root key of the vault that the platform’s CLI tells and sets is the one that a backup reads and a restore sets', async () => {
  const api = (ref: string) => ({ endpoint: { url: world.api.url, token }, ref })
  const key = (await cli(originRef, 'encryption', 'get-root-key')).trim()
  expect(await fetchRootKey(api(originRef))).toBe(key)
  await replaceRootKey(api(targetRef), key)
  expect((await cli(targetRef, 'encryption', 'get-root-key')).trim()).toBe(key)
})
