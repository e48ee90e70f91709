import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readManifest } from '../../../src/common/manifest.ts'
import { sealGeneration } from '../../../src/generation/seal.ts'
import { verifyFiles } from '../../../src/generation/verify.ts'

let generation: string

beforeEach(async () => {
  generation = await mkdtemp(join(tmpdir(), 'generation-test-'))
  await mkdir(join(generation, 'database/dump'), { recursive: true })
  await mkdir(join(generation, 'storage/objects/avatars'), { recursive: true })
  await writeFile(join(generation, 'database/dump/toc.dat'), 'contents')
  await writeFile(join(generation, 'database/roles.sql'), '')
  await writeFile(join(generation, 'storage/objects/avatars/a.png'), 'pixels')
  await sealGeneration({
    generation,
    toolVersion: '1.2.3',
    runId: 'run',
    project: { name: 'demo', ref: null, url: null },
    startedAt: '2026-11-20T03:00:00Z',
    snapshotAt: '2026-11-20T03:00:01Z',
    components: [{ component: 'database', status: 'complete', seconds: 1, counts: {}, findings: [] }],
    versions: { server: '15.20' },
  })
})
afterEach(() => rm(generation, { recursive: true }))

const manifestPath = () => join(generation, 'manifest.json')

test('a sealed generation verifies, and leaves the objects to their own manifests', async () => {
  const { manifest, problems } = await verifyFiles(generation)
  expect(problems).toEqual([])
  expect(Object.keys(manifest.files)).toEqual(['database/dump/toc.dat', 'database/roles.sql'])
})

describe('verification finds', () => {
  test('an altered file of the same size', async () => {
    await writeFile(join(generation, 'database/dump/toc.dat'), 'Contents')
    expect((await verifyFiles(generation)).problems).toEqual([
      { path: 'database/dump/toc.dat', problem: 'content differs' },
    ])
  })

  test('a truncated file', async () => {
    await writeFile(join(generation, 'database/dump/toc.dat'), 'cont')
    expect((await verifyFiles(generation)).problems).toEqual([
      { path: 'database/dump/toc.dat', problem: 'size differs' },
    ])
  })

  test('a missing file and one that does not belong', async () => {
    await rm(join(generation, 'database/roles.sql'))
    await writeFile(join(generation, 'stray'), '')
    expect((await verifyFiles(generation)).problems).toEqual([
      { path: 'stray', problem: 'unlisted' },
      { path: 'database/roles.sql', problem: 'missing' },
    ])
  })
})

describe('a manifest is refused', () => {
  const change = async (from: string, to: string) =>
    writeFile(manifestPath(), (await readFile(manifestPath(), 'utf8')).replace(from, to))

  test('when a field was altered', async () => {
    await change('"server": "15.20"', '"server": "15.21"')
    await expect(readManifest(generation)).rejects.toThrow('its seal does not match')
  })

  test('when it is of a newer format, with the advice to upgrade', async () => {
    await change('"format": 1', '"format": 2')
    await expect(readManifest(generation)).rejects.toMatchObject({
      code: 'FORMAT_TOO_NEW',
      suggestion: expect.stringContaining('Upgrade'),
    })
  })

  test('when it is cut short', async () => {
    await writeFile(manifestPath(), (await readFile(manifestPath())).subarray(0, 40))
    await expect(readManifest(generation)).rejects.toThrow('it is not JSON')
  })

  test('when something follows it', async () => {
    await appendFile(manifestPath(), '{}')
    await expect(readManifest(generation)).rejects.toThrow('it is not JSON')
  })

  test('when there is none', async () => {
    await rm(manifestPath())
    await expect(readManifest(generation)).rejects.toThrow('not a complete generation')
  })
})
