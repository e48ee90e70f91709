import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { type ComponentResult, finding } from '../common/findings.ts'
import { type Manifest, readManifest } from '../common/manifest.ts'
import { runProgram } from '../common/process.ts'

/** A generation made before, as far as it can still be used; undefined when there is none or it cannot be believed. */
export async function readPrevious(previous: string | undefined): Promise<Manifest | undefined> {
  if (previous === undefined) return undefined
  const exists = await access(previous).then(
    () => true,
    () => false,
  )
  return exists ? await readManifest(previous).catch(() => undefined) : undefined
}

/**
 * What a run was told to leave out is brought over from the previous generation by hard links, so that the newest
 * generation is always whole: restoring from it needs no second one, and the next night downloads nothing anew.
 */
export async function carryOver(options: {
  component: string
  previous: string | undefined
  manifest: Manifest | undefined
  generation: string
}): Promise<ComponentResult> {
  const { component, previous, manifest, generation } = options
  const before = manifest?.components.find((result) => result.component === component)
  if (previous === undefined || before === undefined || before.status === 'skipped')
    return { component, status: 'skipped', seconds: 0, counts: {}, findings: [] }
  await runProgram({
    program: 'cp',
    args: ['-al', '--', join(previous, component), join(generation, component)],
    env: { PATH: process.env['PATH'] },
    phase: `${component}/carry`,
    suggestion: 'The previous generation must lie on the same file system as the new one.',
  })
  const message = `The ${component} was left out of this run; it is that of ${manifest?.snapshotAt ?? manifest?.startedAt}.`
  return {
    ...before,
    status: 'carried',
    seconds: 0,
    findings: [finding({ component, severity: 'note', kind: 'carried', count: 1, message })],
  }
}
