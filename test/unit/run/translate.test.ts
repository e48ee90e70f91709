import { expect, test } from 'vitest'
import { addSecrets } from '../../../src/common/redact.ts'
import { runEventSchema } from '../../../src/run/events.ts'
import { parseRecord } from '../../../src/run/records.ts'
import { createTranslator } from '../../../src/run/translate.ts'

const begin = '0.5\tbackup\tid-of-the-run\tshop\t1970-01-01T00:00:00Z\t4711\t12345'
const progress = (id: string, done: number, phase = 'components') =>
  JSON.stringify({
    ...{
      type: 'progress',
      id,
      phase,
      component: 'storage',
      label: 'storage',
      unit: 'objects',
      done,
      total: 10,
    },
    ...{ bytes: done * 100, seconds: 2, retries: 0, failed: 0, parts: [], moreParts: 0 },
  })

/** The events of a journal of these lines. */
function eventsOf(lines: readonly string[], options: Parameters<typeof createTranslator>[0] = {}) {
  const translator = createTranslator(options)
  const events = [`begin\t${begin}`, ...lines].flatMap((line) => {
    const record = parseRecord(line)
    return record === undefined ? [] : translator.translate(record)
  })
  return { translator, events }
}

test('a journal becomes events that are numbered, timed and of the published form', () => {
  const { events, translator } = eventsOf([
    'phase\t1\tbegin\tpreflight',
    'finding\t1.5\tmanual\tborg-key\tKeep the key.',
    'phase\t2\tend\tpreflight\t1.000000',
    'phase\t2\tbegin\tcomponents',
    `worker\t3\t${progress('1.1', 4)}`,
    `worker\t3.5\t${JSON.stringify({ type: 'finding', phase: 'components', component: 'database', severity: 'note', kind: 'table-rewritten', count: 2, message: 'Two.' })}`,
  ])
  for (const event of events) expect(runEventSchema.parse(event)).toEqual(event)
  expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(new Set(events.map(({ run, project }) => `${run} of ${project}`))).toEqual(
    new Set(['id-of-the-run of shop']),
  )
  expect(events).toMatchObject([
    { type: 'begin', schema: 1, kind: 'backup', pid: 4711, time: '1970-01-01T00:00:00.500Z' },
    { type: 'phase', phase: 'preflight', state: 'begin', seconds: null },
    { type: 'finding', phase: 'preflight', component: null, severity: 'manual', kind: 'borg-key', count: 1 },
    { type: 'phase', phase: 'preflight', state: 'end', seconds: 1 },
    { type: 'phase', phase: 'components', state: 'begin' },
    { type: 'progress', component: 'storage', done: 4, total: 10, bytes: 400, rate: 200 },
    { type: 'finding', component: 'database', kind: 'table-rewritten', count: 2 },
  ])
  expect(translator.phase).toBe('components')
})

test('what cannot be understood of a journal is left out, and the rest is told', () => {
  const { events } = eventsOf([
    '',
    'nonsense',
    'phase\tnever\tbegin\tx',
    'worker\t1\t{"type":"progr',
    'phase\t2\tbegin\tx',
  ])
  expect(events.map(({ type }) => type)).toEqual(['begin', 'phase'])
})

test('progress is told once a second of each display, two of which go side by side', () => {
  const lines = Array.from(
    { length: 40 },
    (_, n) => `worker\t${10 + n / 10}\t${progress(`${n % 2}.1`, n % 10)}`,
  )
  const { events, translator } = eventsOf(lines)
  expect(events.filter(({ type }) => type === 'progress')).toHaveLength(8)
  expect([...translator.shown.keys()]).toEqual(['0.1', '1.1'])
})

test('a display ends with its worker or with its step, be it killed', () => {
  const { translator } = eventsOf([
    'phase\t1\tbegin\tcomponents',
    `worker\t2\t${progress('1.1', 1)}`,
    `worker\t2\t${progress('2.1', 1)}`,
    `borg\t2\tcomponents\tcreate\t1.05 GB O 1.05 GB C 12.30 MB D 300 N storage/objects/a`,
    'worker\t3\t{"type":"progressEnd","id":"1.1"}',
  ])
  expect([...translator.shown.keys()]).toEqual(['2.1', 'borg create'])
  const end = parseRecord('phase\t4\tend\tcomponents\t3.0')
  if (end) translator.translate(end)
  expect(translator.shown.size).toBe(0)
})

test('Borg’s progress is told in numbers', () => {
  const { events } = eventsOf([
    'borg\t2\tarchive\tcreate\t1.05 GB O 1.05 GB C 12.30 MB D 300 N storage/objects/a',
    'borg\t4\tcheck\tcheck\tChecking segments   7.5%',
    'borg\t6\tsource\textract\t 12.0% Extracting: y',
    'borg\t8\tsource\textract\tsomething else',
  ])
  expect(events.slice(1)).toMatchObject([
    { label: 'borg create', unit: 'files', done: 300, total: null, bytes: 1_050_000_000 },
    { label: 'borg check', unit: 'percent', done: 7.5, total: 100, bytes: null },
    { label: 'borg extract', done: 12 },
  ])
})

test('a run that tells too much says so once, and then only its phases and its end', () => {
  const findings = Array.from({ length: 30 }, (_, n) => `finding\t${n}\tnote\tx\tnumber ${n}`)
  const { events, translator } = eventsOf([...findings, 'phase\t40\tbegin\tlate'], { mostEvents: 10 })
  const end = translator.end({ outcome: 'success', exitCode: 0, error: null, report: null }, new Date(0))
  const types = [...events, end].map(({ type }) => type)
  expect(types).toEqual(['begin', ...Array(10).fill('finding'), 'truncated', 'phase', 'end'])
})

test('progress of a very long run is told more and more seldom, so that it stays small', () => {
  const day = Array.from({ length: 86_400 }, (_, second) => `worker\t${second}\t${progress('1.1', 1)}`)
  const { events } = eventsOf(day)
  expect(events.length).toBeLessThan(8000)
  expect(events.at(-1)?.type).toBe('progress')
})

test('the same journal read again has the same events with the same numbers', () => {
  const lines = Array.from({ length: 200 }, (_, n) => `worker\t${n / 7}\t${progress(`${n % 3}.1`, n % 10)}`)
  expect(eventsOf(lines).events).toEqual(eventsOf(lines).events)
})

test('no event holds a secret, or a text without end', () => {
  addSecrets(['k4n4r1envogel'])
  const { events } = eventsOf([`finding\t1\tnote\tx\tthe key k4n4r1envogel ${'long '.repeat(1000)}`])
  expect(JSON.stringify(events)).not.toContain('k4n4r1envogel')
  expect(events[1]).toMatchObject({ message: expect.stringMatching(/^the key \*{5} long/) })
  expect(JSON.stringify(events[1]).length).toBeLessThan(2300)
})
