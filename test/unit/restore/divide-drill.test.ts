import { describe, expect, test } from 'vitest'
import type { Component } from '../../../src/components/component.ts'
import { components } from '../../../src/components/list.ts'
import { settingsSchema } from '../../../src/config/variables.ts'
import { divideDrill, untried } from '../../../src/restore/divide-drill.ts'

const [database] = components as [Component]
/** One that may be absent, and needs an access token of the target. */
const optional: Component = {
  ...database,
  name: 'optional',
  configuration: { ...database.configuration, optional: true, target: ['ACCESS_TOKEN'] },
}
const never: Component = { ...database, name: 'never', drill: { provable: false, because: 'it is alive.' } }
const testProject = { DB_URL: 'postgresql://postgres@127.0.0.1/postgres' }

describe('a drill', () => {
  test('leaves out a component that no drill can prove, and says why in a note', () => {
    const { drilled, leftOut } = divideDrill([database, never], {})
    expect(drilled).toEqual(['database'])
    expect(leftOut).toMatchObject([{ component: 'never', status: 'skipped' }])
    expect(leftOut[0]?.findings).toMatchObject([
      { severity: 'note', kind: 'not-drilled', message: 'No drill can prove it: it is alive.' },
    ])
  })

  test('leaves out a component that may be absent where the test project lacks its settings', () => {
    const { drilled, leftOut } = divideDrill([database, optional], testProject)
    expect(drilled).toEqual(['database'])
    expect(leftOut[0]?.findings[0]?.message).toContain('TEST_SUPABASE_ACCESS_TOKEN')
  })

  test('leaves untried what the backup has, or the project needs, and it was not asked for', () => {
    const origin = settingsSchema.parse({ SUPABASE_DB_URL: 'postgresql://postgres@127.0.0.1/postgres' })
    const of = (held: string[], wanted: string[], from: Parameters<typeof untried>[0]['origin'] = origin) =>
      untried({ held, wanted, settings: {}, origin: from })
    expect(of(['database', 'storage'], ['storage'])).toEqual(['database'])
    expect(of(['database', 'storage', 'functions'], ['database', 'storage'])).toEqual(['functions'])
    expect(of(['storage'], ['storage'])).toEqual(['database'])
    expect(of(['database'], ['auth'])).toEqual(['database'])
    // What a drill proves within another, cannot prove, or the project has not, is not missed.
    expect(of(['database', 'auth'], ['database'])).toEqual([])
    expect(of(['storage'], ['storage'], settingsSchema.parse({}))).toEqual([])
    expect(untried({ held: ['functions'], wanted: ['database'], settings: testProject, origin })).toEqual([])
  })

  test('is about it where the test project has them, and where there is none', () => {
    const known = { ...testProject, ACCESS_TOKEN: 'sbp_token' }
    for (const settings of [known, {}])
      expect(divideDrill([database, optional], settings)).toEqual({
        ...{ drilled: ['database', 'optional'], leftOut: [] },
      })
  })

  test('is about one that needs a key where an access token of the test project reveals it', () => {
    const { configuration } = optional
    const keyed: Component = {
      ...optional,
      configuration: { ...configuration, target: ['SERVICE_ROLE_KEY'] },
    }
    const known = { PROJECT_REF: 'testefghijklmnopqrst', ACCESS_TOKEN: 'sbp_token' }
    expect(divideDrill([keyed], known).drilled).toEqual(['optional'])
    expect(() => divideDrill([keyed], testProject)).toThrow(/TEST_SUPABASE_SERVICE_ROLE_KEY/)
  })

  test('does not leave out what has to be there: its restore says what the test project lacks', () => {
    const needed = { ...optional, configuration: { ...optional.configuration, optional: false } }
    expect(divideDrill([needed], testProject).drilled).toEqual(['optional'])
  })

  test('about nothing that it can prove is refused', () => {
    expect(() => divideDrill([never], {})).toThrow(
      expect.objectContaining({ code: 'NOTHING_TO_DRILL', exitCode: 2 }),
    )
  })
})
