import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { jsonSchemas } from '../json-schemas.ts'
import { type CommandContext, parseFlags, required } from './command.ts'

/** `report.ts schema --directory DIR`: writes the JSON Schemas of what --json prints, as they stand in docs/reference. */
export async function schemaCommand({ args }: CommandContext): Promise<number> {
  const directory = required(parseFlags(args, { directory: { type: 'string' } }).directory, 'directory')
  for (const [name, schema] of Object.entries(jsonSchemas))
    await writeFile(join(directory, `${name}.schema.json`), `${JSON.stringify(schema(), null, 2)}\n`)
  return 0
}
