import { expect, test } from 'vitest'
import { kindTitle } from '../../src/client/kind-words.ts'
import { startOptionsSchema } from '../../src/server/runner/start-options.ts'

test('each kind of run has a heading that is a noun', () => {
  const kinds = startOptionsSchema.options.map(({ shape }) => shape.kind.value)
  expect([...kinds, 'partial', 'prune'].map((kind) => `${kindTitle(kind)} of shop`)).toEqual([
    ...['Backup of shop', 'Drill of shop', 'Check of shop', 'Verification of shop', 'Export of shop'],
    ...['Deletion of shop', 'Pin of shop', 'Unpinning of shop', 'Preview of shop', 'Restore of shop'],
    ...['Rollback of shop', 'Preview of a rollback of shop', 'Resumption of shop', 'Arming of shop'],
    ...['Partial backup of shop', 'Prune of shop'],
  ])
})
