import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTmux, type TmuxSession } from '../../helpers/tmux.ts'

let directory: string
let session: TmuxSession | undefined
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'confirm-'))
})
afterEach(async () => {
  await session?.stop()
  session = undefined
  await rm(directory, { recursive: true })
})

async function start(redirection = ''): Promise<TmuxSession> {
  const command = `${process.execPath} test/helpers/programs/confirm.ts >${directory}/out ${redirection}`
  session = await startTmux({ command, env: { PATH: process.env['PATH'] ?? '' } })
  return session
}

const output = () => readFile(join(directory, 'out'), 'utf8')

describe('the confirmation of a restore', () => {
  it('shows what will change and takes nothing but the reference in full', async () => {
    const terminal = await start()
    const shown = await terminal.waitFor('Type shop-reference to restore over it')
    expect(shown).toContain('3 tables will be replaced')
    for (const wrong of ['y', 'shop-referenc']) {
      await terminal.type(wrong)
      await terminal.press('Enter')
      await terminal.waitFor('That is not shop-reference.')
      await terminal.press('C-u')
    }
    expect(await output()).toBe('')
    await terminal.type('shop-reference')
    await terminal.press('Enter')
    await terminal.waitFor('exit code 0')
    expect(await output()).toBe('confirmed\n')
  })

  it('ends with 130 on Ctrl-C', async () => {
    const terminal = await start()
    await terminal.waitFor('Type shop-reference')
    await terminal.press('C-c')
    await terminal.waitFor('exit code 130')
    expect(await terminal.screen()).toContain('nothing was changed')
    expect(await output()).toBe('')
  })

  it('is asked on the terminal also while stderr goes to a log', async () => {
    const terminal = await start(`2>${directory}/log`)
    await terminal.waitFor('Type shop-reference')
    await terminal.type('shop-reference')
    await terminal.press('Enter')
    await terminal.waitFor('exit code 0')
    expect(await output()).toBe('confirmed\n')
    expect(await readFile(join(directory, 'log'), 'utf8')).toBe('')
  })
})
