import { copyFile, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { plural } from '../common/units.ts'
import type { Component } from '../components/component.ts'
import { readIndex } from './index-file.ts'
import { functionsLayout, placeOf } from './layout.ts'

type Export = NonNullable<Component['export']>

/** Writes `functions/`: the sources of each as plain files, `index.json` and `config.toml`. */
export const exportFunctions: Export = async ({ generation, directory, signal }) => {
  const from = functionsLayout(generation)
  const to = functionsLayout(directory)
  const functions = await readIndex(generation)
  await mkdir(to.folder, { recursive: true, mode: 0o700 })
  for (const name of ['index', 'config'] as const) await copyFile(from[name], to[name])
  for (const source of functions)
    for (const { path } of source.files) {
      signal.throwIfAborted()
      const place = join(to.sources, placeOf(source, path))
      await mkdir(dirname(place), { recursive: true, mode: 0o700 })
      await copyFile(join(from.sources, placeOf(source, path)), place)
    }
  const files = functions.reduce((sum, source) => sum + source.files.length, 0)
  return {
    metadata: { functions: functions.length, files },
    document: { functions: functions.length, functionFiles: files },
    lines: [`functions/: ${plural(functions.length, 'function')} with ${plural(files, 'file')}`],
    status: 'complete',
  }
}
