import { reportJsonSchema } from '../schema.ts'
import type { CommandContext } from './command.ts'

/** `report.ts schema`: prints the run report's JSON Schema, the content of docs/reference/report.schema.json. */
export async function schemaCommand({ print }: CommandContext): Promise<number> {
  print(`${JSON.stringify(reportJsonSchema(), null, 2)}\n`)
  return 0
}
