import { expect, test } from 'vitest'
import { findDifferences } from '../../helpers/exchange-matching.ts'
import type { RawResponse } from '../../helpers/raw-request.ts'
import type { ExchangeLine } from '../../helpers/storage-exchanges.ts'

const id = '0b2f0a3e-6c1d-4a57-9d8b-0c6a4f1f7a11'
const line: ExchangeLine = {
  scenario: 'example',
  step: 1,
  request: { method: 'GET', path: '/x', headers: {}, body: null },
  response: {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8', etag: '"e"' },
    body: {
      json: { id: '{{id_a}}', version: '{{version}}', at: '{{timestamp}}', size: 5, tags: ['a', 'b'] },
    },
  },
}
const answer = { id, version: id, at: '2026-01-02T03:04:05.678Z', size: 5, tags: ['a', 'b'] }
const headers = {
  'content-type': 'application/json; charset=utf-8',
  etag: '"e"',
  'content-length': '9',
  date: 'now',
  connection: 'close',
}

function differences(changes: {
  status?: number
  headers?: Record<string, string>
  body?: unknown
}): string[] {
  const response: RawResponse = {
    status: changes.status ?? 200,
    headers: { ...headers, ...changes.headers },
    body: Buffer.from(JSON.stringify(changes.body ?? answer)),
  }
  return findDifferences(line, response, new Map([['id_a', id]]))
}

test('an answer as recorded has no differences', () => {
  expect(differences({})).toEqual([])
})

test.each([
  ['another status', { status: 201 }, /^status 201/],
  ['a header that was not sent', { headers: { 'x-new': '1' } }, /^headers/],
  ['another value of a header', { headers: { etag: '"f"' } }, /^headers/],
  ['another number', { body: { ...answer, size: 6 } }, /^body/],
  ['a number as text', { body: { ...answer, size: '5' } }, /^body/],
  ['an id other than the bound one', { body: { ...answer, id: id.replace('0', '1') } }, /^body/],
  ['a timestamp with microseconds', { body: { ...answer, at: '2026-01-02T03:04:05.678901Z' } }, /^body/],
  ['a field too many', { body: { ...answer, more: null } }, /^body/],
  ['a field too few', { body: { ...answer, tags: undefined } }, /^body/],
  ['another order of a list', { body: { ...answer, tags: ['b', 'a'] } }, /^body/],
])('%s is one difference', (_, change, difference) => {
  expect(differences(change)).toEqual([expect.stringMatching(difference)])
})
