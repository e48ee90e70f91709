import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { jsonSchemas } from '../../../src/report/json-schemas.ts'
import { runReportSchema } from '../../../src/report/schema.ts'
import { exampleReport, failedReport } from '../../helpers/reports.ts'

it.each(Object.entries(jsonSchemas))(
  'The published JSON Schema %s is the one the documents are written with (npm run generate renews it)',
  async (name, schema) => {
    const published = await readFile(`docs/reference/${name}.schema.json`, 'utf8')
    expect(JSON.parse(published)).toEqual(JSON.parse(JSON.stringify(schema())))
  },
)

it('Reports of good and of failed runs are valid, and one without its outcome is not', () => {
  expect(runReportSchema.safeParse(exampleReport()).success).toBe(true)
  expect(runReportSchema.safeParse(failedReport()).success).toBe(true)
  const { outcome: _, ...without } = exampleReport()
  expect(runReportSchema.safeParse(without).success).toBe(false)
})
