import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../common/files.ts'
import type { ComponentExport, ExportContext } from '../components/component.ts'
import { holdsValues, readSettings, settingsFolder } from './files.ts'

/** Writes `settings/<part>.json`, the settings by their names, without secrets. */
export async function exportSettings({ generation, directory }: ExportContext): Promise<ComponentExport> {
  const { parts } = await readSettings(generation)
  const folder = join(directory, settingsFolder)
  await mkdir(folder, { mode: 0o700 })
  const written = parts.filter(({ status }) => holdsValues(status))
  for (const { name, values } of written)
    await writeFileAtomic(join(folder, `${name}.json`), `${JSON.stringify(values, null, 2)}\n`)
  const named = written.map(({ name, takenAt, secrets }) => ({ name, takenAt, secretsLeftOut: secrets }))
  return {
    metadata: named,
    document: { settings: named },
    lines: [`settings/: ${written.map(({ name }) => `${name}.json`).join(', ')}`],
    status: 'complete',
  }
}
