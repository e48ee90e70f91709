import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { inject } from 'vitest'
import { checkout } from './checkout.ts'
import { runCommand } from './command.ts'

/** Calls a function of src/shell/build.sh. */
async function build(call: string, root: string): Promise<string> {
  const script = `set -Eeuo pipefail; for file in errors node build; do source "$1/src/shell/$file.sh"; done; ${call} "$2"`
  const { code, stdout, stderr } = await runCommand('bash', ['-c', script, 'bash', checkout, root])
  if (code !== 0) throw new Error(`${call}: ${stderr}`)
  return stdout.trim()
}

/** Builds the workers of a checkout as the installer does, unless they are built. */
export async function ensureBuild(root: string): Promise<void> {
  await build('build_ensure', root)
}

/** The same for a toolkit of a test's own; all of one run share the work. */
export async function provideBuild(root: string): Promise<void> {
  const sources = await build('build_sources', root)
  const shared = join(inject('templates'), 'builds', sources)
  const own = join(root, 'build')
  await mkdir(own)
  const isThere = await readdir(shared).catch(() => undefined)
  if (isThere) {
    await cp(shared, join(own, sources), { recursive: true })
    return
  }
  await ensureBuild(root)
  const copy = `${shared}-${process.pid}`
  await cp(join(own, sources), copy, { recursive: true })
  await rename(copy, shared).catch(() => rm(copy, { recursive: true, force: true }))
}
