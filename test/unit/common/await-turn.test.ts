import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { awaitTurn } from '../../../src/common/await-turn.ts'
import { inTemporaryFolder } from '../../../src/sandbox/workspace.ts'

it('the turn of a worker has come when the file is there, and not while its directory is away for a moment', async () => {
  await inTemporaryFolder(async (folder) => {
    const directory = join(folder, 'run')
    await mkdir(directory)
    let hasCome = false
    const turn = awaitTurn(join(directory, 'turn')).then(() => {
      hasCome = true
    })
    await rename(directory, `${directory}.away`)
    await sleep(200)
    await rename(`${directory}.away`, directory)
    await sleep(100)
    expect(hasCome).toBe(false)
    await writeFile(join(directory, 'turn'), '')
    await turn
  })
})

it('the turn of a worker never comes where the directory has gone for good, and nothing may be done then', async () => {
  await inTemporaryFolder(async (folder) => {
    const directory = join(folder, 'run')
    await mkdir(directory)
    const turn = awaitTurn(join(directory, 'turn'))
    await rm(directory, { recursive: true })
    await expect(turn).rejects.toThrow('has gone')
  })
})
