import { expect, test } from 'vitest'
import { jsonLine } from '../../../src/common/log-record.ts'
import { addSecrets } from '../../../src/common/redact.ts'

const read = (line: string) => {
  const { level, text } = jsonLine(line, 'a-run', new Date('2026-11-20T03:00:00Z'))
  return { level, ...JSON.parse(text) }
}

test('a record of the scripts becomes JSON, whatever its message holds', () => {
  const message = 'He said "no\\yes",\u001d\tand left.\u001b[31m'
  expect(read(`\u001e2026-11-20T02:00:00Z\u001fwarn\u001fbackup\u001f${message}`)).toEqual({
    time: '2026-11-20T02:00:00Z',
    level: 'warn',
    run: 'a-run',
    scope: 'backup',
    message: 'He said "no\\yes",\n\tand left.\u001b[31m',
  })
})

test('a line that a worker wrote stays as it is', () => {
  const line = { time: '2026-11-20T02:00:00Z', level: 'error', run: 'x', scope: 'storage', message: 'Gone.' }
  expect(read(JSON.stringify(line))).toEqual(line)
})

test('what any other program prints becomes a line of its own, also where it looks like JSON', () => {
  const about = { time: '2026-11-20T03:00:00Z', level: 'info', run: 'a-run', scope: 'output' }
  for (const message of ['hook says hello', '{"level":', '{}', 'null', ''])
    expect(read(message)).toEqual({ ...about, message })
})

test('no line holds a secret, also one that JSON writes otherwise', () => {
  addSecrets(['canary "pass\\word'])
  for (const line of [
    '\u001et\u001finfo\u001fbackup\u001fit is canary "pass\\word',
    'it is canary "pass\\word',
    JSON.stringify({ time: 't', level: 'info', message: 'it is canary "pass\\word' }),
  ])
    expect(read(line).message).toBe('it is *****')
})
