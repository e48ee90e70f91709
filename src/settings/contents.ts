import { plural } from '../common/units.ts'
import type { ComponentContents } from '../components/component.ts'
import { oneLine } from '../diff/lines.ts'
import { readSettings } from './files.ts'

/** Settings by route, without secrets, whose names are told alone. */
export async function describeSettings(generation: string): Promise<ComponentContents> {
  const { parts } = await readSettings(generation)
  return {
    document: {
      routes: parts.map(({ name, status, secrets, values }) => ({ name, status, secrets, values })),
    },
    lines: [
      `Settings: ${plural(parts.length, 'route')}`,
      ...parts.map(
        ({ name, values }) => `  ${oneLine(name)}: ${plural(Object.keys(values).length, 'setting')}`,
      ),
    ],
  }
}
