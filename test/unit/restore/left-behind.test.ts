import { describe, expect, test } from 'vitest'
import { BackupError } from '../../../src/common/errors.ts'
import { silentLog } from '../../../src/common/log.ts'
import type { ComponentRestore } from '../../../src/components/component.ts'
import { leftBehind, withWhatIsLeft } from '../../../src/restore/left-behind.ts'
import type { OpenRestores } from '../../../src/restore/open.ts'
import type { ResumeState } from '../../../src/restore/resume-state.ts'

const error = (code = 'DOWN') =>
  new BackupError({ code, message: 'It broke.', suggestion: 'Mend it.', phase: 'test' })

/** The restores of these components, as far as what they say of a failure goes. */
function opened(...list: [name: string, restore: Partial<ComponentRestore>][]): OpenRestores {
  const nothing = async () => {
    throw new Error('not in this test')
  }
  const whole = { preview: nothing, restore: nothing, undo: nothing, verify: nothing, close: async () => {} }
  return {
    context: { log: silentLog } as unknown as OpenRestores['context'],
    list: list.map(([name, restore]) => ({ name, restore: { ...whole, ...restore } })),
    close: async () => {},
  }
}

/** How far it came: which are restored, and what they noted. */
function state(restored: string[], states: Record<string, Record<string, unknown>> = {}): ResumeState {
  const results = restored.map((component) => ({
    ...{ component, status: 'complete' as const, seconds: 0, counts: {}, findings: [] },
  }))
  return { done: { states, rowsReconciled: false, results }, observed: '/nowhere', note: async () => {} }
}

describe('a restore that failed', () => {
  test('has left the target as it was where nothing was begun', () => {
    const left = leftBehind(error(), ['database'], undefined, undefined)
    expect(left).toMatchObject({ isUnchanged: true })
    expect(withWhatIsLeft(error(), left, 'shop')).toMatchObject({
      ...{ message: 'It broke. The target is unchanged.', suggestion: 'Mend it.' },
    })
  })

  test('names what is restored and what is not, and how it is finished', () => {
    const restores = opened(['database', {}], ['storage', {}], ['notes', {}])
    const left = leftBehind(
      error(),
      ['database', 'storage', 'notes'],
      restores,
      state(['database', 'storage']),
    )
    expect(withWhatIsLeft(error(), left, 'shop')).toMatchObject({
      message:
        'It broke. The database and Storage are restored and committed; notes and the comparison with the backup did not finish.',
      suggestion:
        'Mend it. Then: restore.sh --resume --confirm shop finishes it without touching the database and Storage again.',
    })
    expect(left?.isUnchanged).toBe(false)
  })

  test('is not said to be resumable where it was of a part', () => {
    const left = leftBehind(
      error(),
      ['database'],
      opened(['database', { isResumable: false }]),
      state(['database']),
    )
    expect(left).toEqual({
      isUnchanged: false,
      state: 'The chosen part of the database is restored and committed.',
    })
  })

  test('says nothing of the target where the error, or only a resumed restore that could not be opened, knows', () => {
    const silent = opened(['database', { left: () => undefined }])
    expect(leftBehind(error(), ['database'], silent, state([]))).toBeUndefined()
    expect(leftBehind(error(), ['database'], undefined, state([]))).toBeUndefined()
    expect(withWhatIsLeft(error(), undefined, 'shop')).toMatchObject({
      message: 'It broke.',
      suggestion: 'Mend it.',
    })
  })

  test('says what the component that was under way knows of itself, by what it noted', () => {
    const left: ComponentRestore['left'] = (progress) => ({
      ...{ isUnchanged: false, state: `At step ${progress.state['step']}.`, next: 'go on.' },
    })
    const found = leftBehind(
      error(),
      ['a', 'b'],
      opened(['a', { left }], ['b', {}]),
      state([], { a: { step: 3 } }),
    )
    expect(withWhatIsLeft(error(), found, 'shop').message).toBe('It broke. At step 3.')
    expect(withWhatIsLeft(error('INTERRUPTED'), found, 'shop').suggestion).toBe('go on.')
  })

  test('may have left a part of a component that knows nothing of itself', () => {
    const left = leftBehind(error(), ['storage'], opened(['storage', {}]), state([]))
    expect(left).toMatchObject({ isUnchanged: false, state: expect.stringContaining('A part of Storage') })
  })
})
