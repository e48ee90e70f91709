import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { RawResponse } from './raw-request.ts'
import type { ExchangeLine, ReceivedBody } from './storage-exchanges.ts'

/** Values bound by earlier answers: ids, versions, upload paths, cursors, ETags. */
export type Bindings = Map<string, string>

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const shapes: Record<string, string> = {
  uuid,
  version: uuid,
  timestamp: '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z',
  http_date: '[A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT',
  upload_id: '[A-Za-z0-9_-]+',
  cursor: '[A-Za-z0-9+/]+=*',
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

/** Whether a text is the recorded one, where a placeholder stands for anything of its shape or for a bound value. */
function matchesText(expected: string, actual: string, bindings: Bindings): boolean {
  const pattern = expected
    .split(/(\{\{\w+\}\})/)
    .map((piece) => {
      const name = /^\{\{(\w+)\}\}$/.exec(piece)?.[1]
      if (name === undefined) return literally(piece)
      return shapes[name] ?? literally(bindings.get(name) ?? piece)
    })
    .join('')
  return new RegExp(`^${pattern}$`).test(actual)
}

/** Texts of the service's schema validator: only what they complain of counts, not the wording. */
const validatorTexts = /^(body|querystring|headers)(?:\/| must )/

function matches(expected: unknown, actual: unknown, bindings: Bindings): boolean {
  if (typeof expected === 'string') {
    if (typeof actual !== 'string') return false
    const complaint = validatorTexts.exec(expected)?.[1]
    return complaint ? actual.startsWith(complaint) : matchesText(expected, actual, bindings)
  }
  if (Array.isArray(expected))
    return (
      Array.isArray(actual) &&
      expected.length === actual.length &&
      expected.every((value, index) => matches(value, actual[index], bindings))
    )
  if (typeof expected !== 'object' || expected === null) return isDeepStrictEqual(expected, actual)
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual)) return false
  const names = Object.keys(expected)
  return (
    names.length === Object.keys(actual).length &&
    names.every(
      (name) => name in actual && matches(Reflect.get(expected, name), Reflect.get(actual, name), bindings),
    )
  )
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}

/** The short form in which long lists were recorded. */
function summarise(value: unknown): unknown {
  const names = (list: unknown[]) => {
    const name = (item: unknown) => (typeof item === 'object' && item ? Reflect.get(item, 'name') : undefined)
    return { first: name(list.at(0)), last: name(list.at(-1)) }
  }
  if (Array.isArray(value)) return { count: value.length, ...names(value) }
  const entries = Object.entries(value ?? {})
  const arrays = entries.filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]))
  return {
    counts: Object.fromEntries(arrays.map(([name, list]) => [name, list.length])),
    values: Object.fromEntries(entries.filter(([, field]) => !Array.isArray(field))),
    ...names(arrays.flatMap(([, list]) => list)),
  }
}

function matchesBody(line: ExchangeLine, body: Buffer, bindings: Bindings): boolean {
  const expected: ReceivedBody = line.response.body
  if (expected === null) return body.length === 0
  if ('text' in expected) return matchesText(expected.text, body.toString(), bindings)
  if ('sha256' in expected)
    return (
      body.length === expected.length && createHash('sha256').update(body).digest('hex') === expected.sha256
    )
  const actual = parse(body)
  if ('summary' in expected) return matches(expected.summary, summarise(actual), bindings)
  if ('one_of' in expected) return expected.one_of.some((one) => matches(one, actual, bindings))
  if (line.unordered && Array.isArray(expected.json) && Array.isArray(actual)) {
    const left = [...actual]
    return (
      expected.json.length === actual.length &&
      expected.json.every((wanted) => {
        const index = left.findIndex((item) => matches(wanted, item, bindings))
        if (index !== -1) left.splice(index, 1)
        return index !== -1
      })
    )
  }
  return matches(expected.json, actual, bindings)
}

const unrecorded = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding'])

/** The headers that would have been recorded. */
function recordable(line: ExchangeLine, headers: Record<string, string>): Record<string, string> {
  const expected = line.response.body
  const isJson = expected !== null && ('json' in expected || 'summary' in expected || 'one_of' in expected)
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) =>
        !unrecorded.has(name) &&
        !(name === 'content-length' && isJson) &&
        !(name.startsWith('access-control-') && line.request.method !== 'OPTIONS'),
    ),
  )
}

/** What of an answer is not as recorded: nothing, or one line for each of status, headers and body. */
export function findDifferences(line: ExchangeLine, response: RawResponse, bindings: Bindings): string[] {
  const expected = line.response
  const headers = recordable(line, response.headers)
  const show = (value: unknown) => JSON.stringify(value).slice(0, 600)
  const differences: string[] = []
  if (response.status !== expected.status)
    differences.push(`status ${response.status} instead of ${expected.status}`)
  if (!matches(expected.headers, headers, bindings))
    differences.push(`headers ${show(headers)} instead of ${show(expected.headers)}`)
  if (!matchesBody(line, response.body, bindings))
    differences.push(`body ${show(response.body.toString())} instead of ${show(expected.body)}`)
  return differences
}

/** Whether rows are as recorded. */
export function matchesRows(expected: unknown, actual: unknown): boolean {
  return matches(expected, actual, new Map())
}
