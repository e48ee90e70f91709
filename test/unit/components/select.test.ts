import { describe, expect, it } from 'vitest'
import type { Component } from '../../../src/components/component.ts'
import { selectComponents, unconfiguredComponents, withoutContained } from '../../../src/components/select.ts'
import { settingsSchema } from '../../../src/config/variables.ts'
import { database } from '../../../src/database/component.ts'

/** One that needs an access token and may be absent. */
const extra: Component = {
  ...database,
  name: 'extra',
  configuration: {
    optional: true,
    target: [],
    lost: 'Nothing of extra is in the backup.',
    missing: ({ SUPABASE_ACCESS_TOKEN: token }) =>
      token === undefined
        ? { code: 'EXTRA_MISSING', message: 'There is no token.', suggestion: 'Set SUPABASE_ACCESS_TOKEN.' }
        : undefined,
  },
}

const without = (chosen: string[], named: boolean, values: Record<string, string> = {}, other = extra) =>
  unconfiguredComponents({
    ...{ chosen, named, settings: settingsSchema.parse(values), known: [database, other] },
  }).map(({ name }) => name)

describe('The components of a run', () => {
  it.each([
    [['settings', 'functions'], []],
    [['settings,functions'], []],
    [['settings database', 'functions'], ['database']],
  ])('are those of each --only: %j without %j', (only, skip) => {
    expect(selectComponents({ only, skip })).toEqual(['functions', 'settings'])
  })

  it('are none of what is not, and never none', () => {
    expect(() => selectComponents({ only: ['settings', 'setings'], skip: [] })).toThrow('"setings"')
    for (const only of [[''], ['settings']])
      expect(() => selectComponents({ only, skip: ['settings'] })).toThrow('leaves no component')
  })
})

describe('An optional component', () => {
  it('is left out of a backup of everything where the settings lack for it', () => {
    expect(without(['database', 'extra'], false)).toEqual(['extra'])
  })

  it('is part of it where they do not', () => {
    expect(without(['database', 'extra'], false, { SUPABASE_ACCESS_TOKEN: 'sbp_x' })).toEqual([])
  })

  it('is not mentioned where it was not chosen', () => {
    expect(without(['database'], false)).toEqual([])
  })

  it('is an error of the configuration where the operator named it', () => {
    expect(() => without(['database', 'extra'], true)).toThrow(
      expect.objectContaining({ code: 'EXTRA_MISSING', exitCode: 78 }),
    )
  })

  it('is an error of the configuration where nothing else is left', () => {
    expect(() => without(['extra'], false)).toThrow(expect.objectContaining({ code: 'EXTRA_MISSING' }))
  })
})

it('A component that is not optional is never left out by itself', () => {
  const needed = { ...extra, configuration: { ...extra.configuration, optional: false } }
  expect(without(['database', 'extra'], false, {}, needed)).toEqual([])
})

it('A component within another is left out where that one is chosen, and only there', () => {
  expect(withoutContained(['database', 'storage', 'auth'])).toEqual(['database', 'storage'])
  expect(withoutContained(['storage', 'auth'])).toEqual(['storage', 'auth'])
  expect(withoutContained(['auth'])).toEqual(['auth'])
})
