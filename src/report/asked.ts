import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { flagsOf, narrowedBy } from '../components/list.ts'
import type { Config } from '../config/config.ts'
import { settingsWith } from '../project/settings.ts'
import { untried } from '../restore/divide-drill.ts'

/**
 * Whether a drill was asked for of a part alone: of one that ended before its worker could tell.
 * @param path of the flags that the script was given for it, each ended by NUL; of all where there is no such file
 */
export async function isAskedOfPart(path: string | undefined, config: Config): Promise<boolean> {
  const text = path === undefined ? '' : await readFile(path, 'utf8').catch(() => '')
  const args = text.split('\0').filter((flag) => flag !== '')
  const options = { ...flagsOf('restore'), components: { type: 'string' } } as const
  const { values } = parseArgs({ args, options, strict: false })
  if (narrowedBy(values).length > 0) return true
  if (typeof values.components !== 'string') return false
  const settings = settingsWith('TEST_SUPABASE', config)
  return untried({ held: [], wanted: values.components.split(','), settings, origin: config }).length > 0
}
