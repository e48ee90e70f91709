import { describe, expect, test } from 'vitest'
import { isPartial, partOptions, wholeDatabase } from '../../src/components/project/backup-part.ts'
import { startOptionsSchema } from '../../src/server/runner/start-options.ts'

describe('a part of the database', () => {
  test('is nothing that is sent where it is the whole', () => {
    expect(partOptions({ ...wholeDatabase, schemas: ' , ' })).toEqual({})
    expect(isPartial({ ...wholeDatabase, excludeTables: ' ' })).toBe(false)
  })

  test('is a type, schemas by their names, and patterns as pg_dump takes them', () => {
    const part = {
      ...{ type: 'schema' as const, schemas: 'app,  "Odd, ""name""" ,reports' },
      excludeTables: 'public.log_*, app."A,b"',
    } as const
    const options = partOptions(part)
    expect(options).toEqual({
      type: 'schema',
      schemas: ['app', 'Odd, "name"', 'reports'],
      excludeTables: ['public.log_*', 'app."A,b"'],
    })
    expect(startOptionsSchema.safeParse({ kind: 'backup', ...options }).success).toBe(true)
    expect(isPartial(part)).toBe(true)
  })

  test('of roles has neither schemas nor tables', () => {
    expect(partOptions({ type: 'roles', schemas: 'app', excludeTables: 'x' })).toEqual({ type: 'roles' })
  })
})
