import { createHash } from 'node:crypto'
import { appendFile, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readManifest, writeManifest } from '../../../src/common/manifest.ts'
import { unknownComponents } from '../../../src/generation/held.ts'
import { verifyFiles } from '../../../src/generation/verify.ts'
import { writeGenerationManifest } from '../../../src/generation/write-manifest.ts'
import { runCommand } from '../../helpers/command.ts'

let generation: string

beforeEach(async () => {
  generation = await mkdtemp(join(tmpdir(), 'generation-test-'))
  await mkdir(join(generation, 'database/dump'), { recursive: true })
  await mkdir(join(generation, 'storage/objects/avatars'), { recursive: true })
  await writeFile(join(generation, 'database/dump/toc.dat'), 'contents')
  await writeFile(join(generation, 'database/roles.sql'), '')
  await writeFile(join(generation, 'storage/objects/avatars/a.png'), 'pixels')
  await writeGenerationManifest({
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

describe('verification opens nothing but plain files, and names', () => {
  const dump = () => join(generation, 'database/dump/toc.dat')
  const makePipe = async (path: string) => {
    await rm(path, { force: true })
    expect(await runCommand('mkfifo', [path])).toMatchObject({ code: 0 })
  }

  test('a named pipe in the place of a file, and one beside it', async () => {
    await makePipe(dump())
    await makePipe(join(generation, 'database/stray'))
    expect((await verifyFiles(generation)).problems).toEqual([
      { path: 'database/dump/toc.dat', problem: 'is a named pipe' },
      { path: 'database/stray', problem: 'is a named pipe' },
    ])
  })

  test('a symbolic link, even to a file with the very same bytes', async () => {
    await rename(dump(), join(generation, 'storage/objects/toc.dat'))
    await symlink('../../storage/objects/toc.dat', dump())
    expect((await verifyFiles(generation)).problems).toEqual([
      { path: 'database/dump/toc.dat', problem: 'is a symbolic link' },
    ])
  })

  test('a folder that is a symbolic link to the very same folder, also that of the objects', async () => {
    for (const name of ['database', 'storage/objects']) {
      const folder = join(generation, name)
      const elsewhere = await mkdtemp(join(tmpdir(), 'generation-elsewhere-'))
      await rename(folder, join(elsewhere, 'folder'))
      await symlink(join(elsewhere, 'folder'), folder)
      expect((await verifyFiles(generation)).problems).toContainEqual({
        path: name,
        problem: 'is a symbolic link',
      })
      await rm(folder)
      await rename(join(elsewhere, 'folder'), folder)
      await rm(elsewhere, { recursive: true })
    }
    expect((await verifyFiles(generation)).problems).toEqual([])
  })

  test('a socket', async () => {
    const server = createServer().listen(join(generation, 'socket'))
    await new Promise((resolve) => server.once('listening', resolve))
    expect((await verifyFiles(generation)).problems).toEqual([{ path: 'socket', problem: 'is a socket' }])
    await new Promise((resolve) => server.close(resolve))
  })

  test('a manifest that is a named pipe or a symbolic link', async () => {
    await rename(manifestPath(), join(generation, 'database/manifest.json'))
    await symlink('database/manifest.json', manifestPath())
    await expect(readManifest(generation)).rejects.toMatchObject({ code: 'MANIFEST_BROKEN' })
    await makePipe(manifestPath())
    await expect(readManifest(generation)).rejects.toMatchObject({
      code: 'MANIFEST_BROKEN',
      detail: expect.stringContaining('is a named pipe'),
    })
  })

  test('a path of the manifest that leads out of the backup', async () => {
    await reseal((fields) => ({
      ...fields,
      files: { '../outside': { bytes: 1, sha256: 'x' }, '/etc/hostname': { bytes: 1, sha256: 'x' } },
    }))
    expect((await verifyFiles(generation)).problems).toEqual(
      expect.arrayContaining([
        { path: '../outside', problem: 'leads out of the backup' },
        { path: '/etc/hostname', problem: 'leads out of the backup' },
      ]),
    )
  })

  test('nothing any more when it is told to stop', async () => {
    const stop = new AbortController()
    stop.abort(new Error('stopped'))
    await expect(verifyFiles(generation, ['database', 'storage'], stop.signal)).rejects.toThrow('stopped')
  })
})

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** The manifest as another toolkit would have written it, by the rule of docs/reference/files.md for each format. */
async function reseal(
  change: (fields: Record<string, unknown>) => Record<string, unknown>,
  format = 2,
): Promise<void> {
  const { seal: _, ...fields } = JSON.parse(await readFile(manifestPath(), 'utf8'))
  const changed = { ...change(fields), format }
  const sealed = `${JSON.stringify(changed, null, 2).slice(0, -2)},\n`
  const text =
    format === 1
      ? JSON.stringify({ ...changed, seal: sha256(JSON.stringify(changed)) })
      : `${sealed}  "seal": "${sha256(sealed)}"\n}\n`
  await writeFile(manifestPath(), text)
}

describe.each([1, 2])('a manifest of a newer toolkit, in format %i', (format) => {
  const result = { status: 'complete', seconds: 1, counts: { queues: 2 }, findings: [] }
  const newer = (fields: Record<string, unknown>) => ({
    createdBy: 'somebody',
    ...fields,
    project: { ...Object(fields['project']), region: 'eu' },
    components: [
      { component: 'queues', ...result, deployed: true },
      {
        ...{ component: 'database', ...result },
        findings: [
          { component: 'database', severity: 'hint', kind: 'x', count: 1, message: 'x', names: [], url: 'y' },
        ],
      },
    ],
  })

  test('is read with what it has more, and what cannot be restored is named', async () => {
    await reseal(newer, format)
    const manifest = await readManifest(generation)
    expect(manifest).toMatchObject({ createdBy: 'somebody', project: { name: 'demo', region: 'eu' } })
    expect(manifest.components).toMatchObject([
      { component: 'queues', deployed: true },
      { component: 'database', findings: [{ severity: 'note' }] },
    ])
    expect(unknownComponents(manifest)).toEqual(['queues'])
    expect((await verifyFiles(generation)).problems).toEqual([])
  })

  test.each([
    ['a field that is not known', /("createdBy": ?)"somebody"/, '$1"nobody"'],
    ['a component that is not known', /("deployed": ?)true/, '$1false'],
    ['a field within a known one', /("region": ?)"eu"/, '$1"us"'],
    ['a known field', /("startedAt": ?)"2026/, '$1"2027'],
  ])('was altered where %s was', async (_what, from, to) => {
    await reseal(newer, format)
    await change(from, to)
    await expect(readManifest(generation)).rejects.toThrow('its seal does not match')
  })

  test('is not believed without a seal', async () => {
    await reseal(newer, format)
    await change('"seal"', '"sealed"')
    await expect(readManifest(generation)).rejects.toMatchObject({ code: 'MANIFEST_BROKEN' })
  })
})

async function change(from: string | RegExp, to: string): Promise<void> {
  const text = await readFile(manifestPath(), 'utf8')
  expect(text).toMatch(from)
  await writeFile(manifestPath(), text.replace(from, to))
}

test('a manifest that is written again keeps what is not known, in the format of today', async () => {
  const more = { ...{ component: 'queues', status: 'complete', seconds: 1 }, counts: {}, findings: [] }
  const listed = { bytes: 8, sha256: sha256('contents'), mode: 0o600 }
  await reseal(
    (fields) => ({
      ...{ ...fields, createdBy: 'somebody', components: [{ ...more, deployed: true }] },
      files: { 'database/dump/toc.dat': listed },
    }),
    1,
  )
  const before = await readManifest(generation)
  expect(before.format).toBe(1)
  await writeManifest(generation, before)
  expect(await readManifest(generation)).toEqual({ ...before, format: 2 })
  expect(JSON.parse(await readFile(manifestPath(), 'utf8'))).toMatchObject({
    createdBy: 'somebody',
    components: [{ deployed: true }],
    files: { 'database/dump/toc.dat': listed },
  })
})

test('a partial backup has a format that an earlier version refuses, and says which part it is of', async () => {
  const before = await readManifest(generation)
  expect(before).toMatchObject({ format: 2 })
  const partial = {
    type: 'data' as const,
    schemas: ['app'],
    excludeTables: ['app.log_*'],
    excludedTables: [],
  }
  await writeManifest(generation, { ...before, partial })
  expect(await readManifest(generation)).toMatchObject({ format: 3, partial })
})

test('the seal of a manifest is the SHA-256 of what stands before its line, as RECOVERY.md checks it', async () => {
  const text = await readFile(manifestPath(), 'utf8')
  const [sealed, seal] = text.split('  "seal": ')
  expect(seal).toBe(`"${sha256(sealed ?? '')}"\n}\n`)
})

describe('a manifest is refused', () => {
  test('when a field was altered', async () => {
    await change('"server": "15.20"', '"server": "15.21"')
    await expect(readManifest(generation)).rejects.toThrow('its seal does not match')
  })

  test('when it is of a newer format, with the advice to upgrade', async () => {
    await change('"format": 2', '"format": 4')
    await expect(readManifest(generation)).rejects.toMatchObject({
      code: 'FORMAT_TOO_NEW',
      suggestion: expect.stringContaining('Upgrade'),
    })
  })

  test.each([
    ['a space between two fields', '"status": "complete"', '"status":  "complete"'],
    ['the order of two fields', /("runId": [^\n]*,)\n( *"project": \{[^}]*\},)/, '$2\n$1'],
    ['a space behind the seal', /\n\}\n$/, '\n} \n'],
    ['a letter that is written in another way', '"demo"', '"\\u0064emo"'],
  ])('when %s was altered, though it says the same', async (_what, from, to) => {
    await change(from, to)
    await expect(readManifest(generation)).rejects.toThrow('its seal does not match')
  })

  test('when it is of no format', async () => {
    await change('"format": 2', '"format": 0')
    await expect(readManifest(generation)).rejects.toMatchObject({ code: 'MANIFEST_BROKEN' })
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
