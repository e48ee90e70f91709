import { describe, expect, test } from 'vitest'
import { withSettings } from '../../../src/database/restore/sections.ts'

const header = `--
-- PostgreSQL database dump
--

\\restrict KEY

-- Dumped from database version 15.18

SET statement_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SELECT pg_catalog.set_config('search_path', '', false);
SET row_security = off;
`
const body = `
COPY t (a) FROM stdin;
SET row_security = off;
SET transaction_timeout = 0;
\\.
`

async function rewritten(text: string, options: { serverVersion: number; chunk?: number }): Promise<string> {
  const bytes = Buffer.from(text)
  const size = options.chunk ?? bytes.length
  async function* output() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  const parts = await Array.fromAsync(
    withSettings(output(), 'SET search_path = public;', options.serverVersion),
  )
  return Buffer.concat(parts.map((part) => Buffer.from(part))).toString()
}

describe("pg_restore's output", () => {
  test.each([1, 7, 64, 10_000])(
    'gets our settings behind its header, read in chunks of %d bytes',
    async (chunk) => {
      const expected = `${header}SET search_path = public;\n${body}`
      expect(await rewritten(header + body, { serverVersion: 170_004, chunk })).toBe(expected)
    },
  )

  test('loses the setting that servers before 17 do not know, in the header only', async () => {
    const text = await rewritten(header + body, { serverVersion: 150_018 })
    expect(text.match(/transaction_timeout/g)).toHaveLength(1)
    expect(text.endsWith(body)).toBe(true)
  })

  test('is refused when its header holds a statement that is not known', async () => {
    const strange = header.replace('SET statement_timeout', 'SET strange_setting')
    await expect(rewritten(strange + body, { serverVersion: 150_018 })).rejects.toMatchObject({
      code: 'DUMP_HEADER_UNKNOWN',
      detail: 'SET strange_setting = 0;',
    })
  })

  test('is refused when it has no header', async () => {
    await expect(rewritten('SELECT 1;\n', { serverVersion: 150_018 })).rejects.toMatchObject({
      code: 'DUMP_HEADER_UNKNOWN',
    })
  })
})
