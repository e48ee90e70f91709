import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { checkout } from '../helpers/checkout.ts'
import { runCommand } from '../helpers/command.ts'
import { makeToolkit, type Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await makeToolkit()
})
afterAll(() => toolkit.remove())

/** What the filter makes of Borg's words, with a line for each progress instead of one a minute. */
async function filter(command: string, words: string) {
  const folder = await mkdtemp(join(tmpdir(), 'borg-progress-'))
  await writeFile(join(folder, 'words'), words)
  const script = `set -Eeuo pipefail; for name in log lock follower borg-progress; do source "${checkout}/src/shell/$name.sh"; done
    borg_progress_sec=0; borg_progress_filter ${command} "${folder}/kept" <"${folder}/words"`
  const { code, stderr } = await runCommand('bash', ['-c', script])
  expect(code).toBe(0)
  const kept = await readFile(join(folder, 'kept'), 'utf8').catch(() => '')
  await rm(folder, { recursive: true })
  return { kept, shown: stderr.replaceAll(/^\S+ INFO {2}\w*: /gm, '') }
}

it('the progress of Borg is told, and only its other words are kept', async () => {
  const create = await filter(
    'create',
    '0 B O 0 B C 0 B D 0 N                      \r1.05 GB O 1.05 GB C 12.30 MB D 300 N storage/objects/a b \rfile: open: [Errno 5] Input/output error\nSaving files cache          \r',
  )
  expect(create.kept).toBe('file: open: [Errno 5] Input/output error\n')
  expect(create.shown).toContain('borg create: 300 files, 1.05 GB read, 12.30 MB new\n')
  const extract = await filter(
    'extract',
    '  0.5% Extracting: database/x\r 12.0% Extracting: y\rfull 100% of it\n',
  )
  expect(extract.shown).toContain('borg extract: 12.0% Extracting: y\n')
  expect(extract.kept).toBe('full 100% of it\n')
  const check = await filter(
    'check',
    'Checking segments   7.5%\r                \rFinished full repository check\n',
  )
  expect(check.shown).toMatch(/borg check: Checking segments {3}7.5%\n$/)
  expect(check.kept).toBe('Finished full repository check\n')
})

it('the words of the real Borg are read so: nothing of its progress stays, and its errors do', async () => {
  expect((await toolkit.backup(['--verbose'], { FIXTURE_BACKUP: 'large' })).code).toBe(0)
  expect(await toolkit.log()).not.toMatch(/ B O .* N |Initializing cache|% Extracting|\r/)
  expect((await toolkit.backup(['--verify-repo', '--verbose'])).code).toBe(0)
  expect(await toolkit.log()).not.toMatch(/Checking segments/)
  expect(
    (await toolkit.restore(['--archive', 'latest', '--extract', join(toolkit.folder, 'out')])).code,
  ).toBe(0)
})
