import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { reportJsonSchema, runReportSchema } from '../../../src/report/schema.ts'
import { exampleReport, failedReport } from '../../helpers/reports.ts'

it('The published JSON Schema is the one the reports are written with (npm run generate renews it)', async () => {
  const published = await readFile('docs/reference/report.schema.json', 'utf8')
  expect(JSON.parse(published)).toEqual(JSON.parse(JSON.stringify(reportJsonSchema())))
})

it('Reports of good and of failed runs are valid, and one without its outcome is not', () => {
  expect(runReportSchema.safeParse(exampleReport()).success).toBe(true)
  expect(runReportSchema.safeParse(failedReport()).success).toBe(true)
  const { outcome: _, ...without } = exampleReport()
  expect(runReportSchema.safeParse(without).success).toBe(false)
})
