import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startProgram } from '../../src/common/process.ts'
import { prepareBorg14 } from '../helpers/borg-1.4.ts'
import { checkout } from '../helpers/checkout.ts'
import { makeToolkit, type Toolkit } from '../helpers/toolkit.ts'

const versions: [name: string, prepare: () => Promise<string>][] = [
  ['of the machine', async () => '/usr/bin'],
  ['1.4', prepareBorg14],
]

describe.each(versions)('over ssh, with the Borg %s', (_name, prepare) => {
  let toolkit: Toolkit
  let env: Record<string, string>
  beforeAll(async () => {
    env = { PATH: `${await prepare()}:${process.env['PATH']}` }
    toolkit = await makeToolkit()
    await toolkit.configure({
      BORG_REPO: `ssh://borg@backup.example.com${toolkit.repository}`,
      BORG_RSH: join(checkout, 'test/helpers/programs/rsh.sh'),
      BORG_UPLOAD_LIMIT: '100000',
    })
  })
  afterAll(() => toolkit.remove())

  const failure = async (more: Record<string, string> = {}) => {
    const { code } = await toolkit.backup([], { ...env, ...more })
    return { code, ...(await toolkit.report()) }
  }

  it('a backup is archived, verified and extracted', async () => {
    expect(await toolkit.backup([], env)).toMatchObject({ code: 0 })
    expect(await toolkit.backup(['--verify-repo', '--data'], env)).toMatchObject({ code: 0 })
    expect(await toolkit.report()).toMatchObject({ kind: 'check', outcome: 'success' })
    expect(await toolkit.restore(['--verify'], env)).toMatchObject({ code: 0 })
  })

  it('a machine that cannot be reached is named as such', async () => {
    expect(await failure({ RSH_DOWN: 'yes' })).toMatchObject({ code: 1, error: { code: 'BORG_UNREACHABLE' } })
  })

  it('a server that only appends keeps its space, and the report says so', async () => {
    const [first = ''] = await toolkit.archives()
    const deletes = { ...env, FIXTURE_PRUNABLE: first }
    expect(await toolkit.backup([], { ...deletes, RSH_SERVE: '--append-only' })).toMatchObject({ code: 0 })
    expect(JSON.stringify(await toolkit.report())).toContain('append-only')

    const [second = ''] = await toolkit.archives()
    expect(await toolkit.backup([], { ...env, FIXTURE_PRUNABLE: second })).toMatchObject({ code: 0 })
    expect(JSON.stringify(await toolkit.report())).not.toContain('append-only')
  })

  it('a wrong passphrase, a missing repository and a locked one are told apart', async () => {
    const defaults = {
      BORG_REPO: `ssh://borg@backup.example.com${toolkit.repository}`,
      BORG_RSH: join(checkout, 'test/helpers/programs/rsh.sh'),
    }
    await toolkit.configure({ ...defaults, BORG_PASSPHRASE: 'wrong' })
    expect(await failure()).toMatchObject({ code: 78, error: { code: 'BORG_PASSPHRASE_WRONG' } })

    await toolkit.configure({
      ...defaults,
      BORG_REPO: `ssh://borg@backup.example.com${toolkit.repository}/data`,
    })
    expect(await failure()).toMatchObject({ code: 78, error: { code: 'BORG_REPO_INVALID' } })

    await toolkit.configure(defaults)
    const holder = startProgram({
      program: 'borg',
      args: ['with-lock', toolkit.repository, 'sleep', '3600'],
      env: toolkit.borgEnvironment,
      phase: 'test',
    })
    holder.stdout.resume()
    await expect.poll(() => readdir(toolkit.repository), { timeout: 60_000 }).toContain('lock.exclusive')
    const locked = await failure()
    holder.stop()
    await holder.ended
    expect(locked).toMatchObject({ code: 1, error: { code: 'BORG_LOCKED' } })
    expect(await toolkit.backup([], env)).toMatchObject({ code: 0 })
  })
})
