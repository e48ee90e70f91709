import { expect, it } from 'vitest'
import { BackupError } from '../../../src/common/errors.ts'
import { silentLog } from '../../../src/common/log.ts'
import type { Component, EstimateContext } from '../../../src/components/component.ts'
import { estimateComponents } from '../../../src/components/estimate.ts'

const context = {
  ...{ config: {}, flags: {}, scratch: '/nowhere', previous: undefined },
  ...{ log: silentLog, signal: new AbortController().signal },
} as unknown as EstimateContext

const refused = new BackupError({ code: 'X', message: 'No.', suggestion: 'Ask later.', phase: 'x' })

function component(name: string, more: Partial<Component> = {}): Component {
  return {
    ...{ name, configuration: { missing: () => undefined, lost: '', target: [] } },
    estimate: async () => ({ document: { [name]: 1 }, text: `${name}\n` }),
    ...more,
  } as Component
}

const silent = component('silent', { estimate: async () => Promise.reject(refused) })

it('A component that cannot be asked is named, and the others tell all the same', async () => {
  const known = [component('one'), silent, component('two')]
  const { told, failed } = await estimateComponents(['one', 'silent', 'two'], context, known)
  expect(told.map(({ document }) => document)).toEqual([{ one: 1 }, { two: 1 }])
  expect([...failed]).toEqual([['silent', refused]])
})

it('An estimate that nobody could answer fails with the error of the first', async () => {
  const known = [silent, component('one')]
  await expect(estimateComponents(['silent'], context, known)).rejects.toBe(refused)
})

it('An estimate asks neither what was not chosen, nor what another of the chosen holds, nor what lacks settings', async () => {
  const problem = { code: 'X', message: '', suggestion: '' }
  const optional = { missing: () => problem, optional: true, lost: '', target: [] }
  const known = [
    ...[component('whole'), component('part', { within: 'whole' }), component('other')],
    component('unconfigured', { configuration: optional }),
  ]
  const chosen = ['whole', 'part', 'unconfigured']
  const { told } = await estimateComponents(chosen, context, known)
  expect(told.map(({ text }) => text)).toEqual(['whole\n'])
  const alone = await estimateComponents(['part'], context, known)
  expect(alone.told.map(({ text }) => text)).toEqual(['part\n'])
  await expect(estimateComponents(['unconfigured'], context, known)).rejects.toMatchObject({ exitCode: 78 })
})
