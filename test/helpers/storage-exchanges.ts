import { readFile } from 'node:fs/promises'
import { z } from 'zod'

// The lines of test/fixtures/storage-exchanges.jsonl; storage-exchanges.md beside it describes them.

const sentBody = z.union([
  z.strictObject({ json: z.unknown() }),
  z.strictObject({ text: z.string() }),
  z.strictObject({ base64: z.string() }),
  z.strictObject({ fill: z.strictObject({ byte: z.string(), length: z.number() }) }),
  z.null(),
])

const receivedBody = z.union([
  z.strictObject({ json: z.unknown() }),
  z.strictObject({ text: z.string() }),
  z.strictObject({ sha256: z.string(), length: z.number() }),
  z.strictObject({ summary: z.unknown() }),
  z.strictObject({ one_of: z.array(z.unknown()) }),
  z.null(),
])

const place = { scenario: z.string(), step: z.number(), note: z.string().optional() }
const flags = {
  backend: z.literal('file').optional(),
  config: z.string().optional(),
  unordered: z.literal(true).optional(),
}

const exchangeLine = z.strictObject({
  ...place,
  ...flags,
  request: z.strictObject({
    method: z.string(),
    path: z.string(),
    headers: z.record(z.string(), z.string()),
    framing: z.literal('chunked').optional(),
    body: sentBody,
  }),
  capture: z.record(z.string(), z.string()).optional(),
  response: z.strictObject({
    status: z.number(),
    headers: z.record(z.string(), z.string()),
    body: receivedBody,
  }),
})

const sqlLine = z.strictObject({
  ...place,
  ...flags,
  sql: z.string(),
  rows: z.array(z.unknown()).optional(),
  affected: z.number().optional(),
})

const actionLine = z.strictObject({
  ...place,
  ...flags,
  action: z.literal('remove_backend_file'),
  bucket: z.string(),
  key: z.string(),
})

const lineSchema = z.union([exchangeLine, sqlLine, actionLine])

export type ExchangeLine = z.infer<typeof exchangeLine>
export type RecordedLine = z.infer<typeof lineSchema>
export type SentBody = z.infer<typeof sentBody>
export type ReceivedBody = z.infer<typeof receivedBody>

/** The recorded lines by scenario, in order. */
export async function readScenarios(): Promise<Map<string, RecordedLine[]>> {
  const text = await readFile(new URL('../fixtures/storage-exchanges.jsonl', import.meta.url), 'utf8')
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => lineSchema.parse(JSON.parse(line)))
  return Map.groupBy(lines, ({ scenario }) => scenario)
}
