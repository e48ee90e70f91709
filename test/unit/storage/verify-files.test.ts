import { cp, mkdir, readdir, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import { restoreStorageToDirectory } from '../../../src/storage/restore/to-directory.ts'
import { verifyStorageFiles } from '../../../src/storage/verify/files.ts'
import { runCommand } from '../../helpers/command.ts'
import { earlierVersions, type UpgradedMachine, upgradeMachine } from '../../helpers/upgrade.ts'

let machine: UpgradedMachine
let bucket: string
beforeEach(async () => {
  machine = await upgradeMachine((await earlierVersions())[0] ?? '')
  bucket = join(machine.generation, 'storage/objects/documents')
})
afterEach(() => machine.remove())

const verify = async () => (await verifyStorageFiles(machine.generation, { log: silentLog })).differences

/** A file of the bucket, as its path. */
async function someFile(): Promise<string> {
  const entries = await readdir(bucket, { withFileTypes: true, recursive: true })
  const file = entries.find((entry) => entry.isFile())
  return join(file?.parentPath ?? '', file?.name ?? '')
}

describe('verification of the objects in a backup', () => {
  test('finds nothing where they are as written', async () => {
    expect(await verify()).toEqual([])
  })

  test('is not kept waiting by a named pipe in the place of one, and names it', async () => {
    const file = await someFile()
    await rm(file)
    expect(await runCommand('mkfifo', [file])).toMatchObject({ code: 0 })
    expect(await verify()).toContainEqual(
      expect.objectContaining({ kind: 'file-missing', detail: 'it is a named pipe' }),
    )
  })

  test('names a symbolic link to the very same bytes', async () => {
    const file = await someFile()
    await rename(file, join(machine.folder, 'elsewhere'))
    await symlink(join(machine.folder, 'elsewhere'), file)
    expect(await verify()).toContainEqual(
      expect.objectContaining({ kind: 'file-missing', detail: 'it is a symbolic link' }),
    )
  })

  test('names a bucket whose folder is a symbolic link to the very same folder', async () => {
    await rename(bucket, join(machine.folder, 'elsewhere'))
    await symlink(join(machine.folder, 'elsewhere'), bucket)
    expect(await verify()).toContainEqual(
      expect.objectContaining({ kind: 'file-missing', detail: 'its folder is a symbolic link' }),
    )
  })

  test('names a folder within a bucket that is one', async () => {
    const folder = (await readdir(bucket, { withFileTypes: true })).find((entry) => entry.isDirectory())
    expect(folder).toBeDefined()
    const path = join(bucket, folder?.name ?? '')
    await cp(path, join(machine.folder, 'elsewhere'), { recursive: true, preserveTimestamps: true })
    await rm(path, { recursive: true })
    await symlink(join(machine.folder, 'elsewhere'), path)
    expect(await verify()).toContainEqual(
      expect.objectContaining({ kind: 'file-missing', detail: 'its folder is a symbolic link' }),
    )
  })
})

test('plain files are not written from a named pipe, and nothing waits for it', async () => {
  const file = await someFile()
  await rm(file)
  expect(await runCommand('mkfifo', [file])).toMatchObject({ code: 0 })
  const directory = join(machine.folder, 'out')
  await mkdir(directory)
  await expect(
    restoreStorageToDirectory({ generation: machine.generation, directory, log: silentLog }),
  ).rejects.toMatchObject({
    code: 'STORAGE_ARCHIVE_DAMAGED',
    detail: expect.stringContaining('is a named pipe'),
  })
})
