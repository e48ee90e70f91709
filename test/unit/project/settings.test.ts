import { describe, expect, it } from 'vitest'
import { projectReference, sameProject } from '../../../src/project/settings.ts'

const ref = 'abcdefghijklmnopqrst'
const pooler = `postgresql://postgres.${ref}:secret@aws-0-eu-central-1.pooler.supabase.com:5432/postgres`
const direct = `postgresql://postgres:secret@db.${ref}.supabase.co:5432/postgres`
const selfHosted = 'postgresql://postgres:secret@10.0.0.5:5432/postgres'

describe('the reference of a target', () => {
  it.each([
    ['its project reference', { PROJECT_REF: ref, DB_URL: selfHosted }, ref],
    ['the one in its pooler address', { DB_URL: pooler }, ref],
    ['the one in its direct address', { DB_URL: direct }, ref],
    ['the one in its API address', { URL: `https://${ref}.supabase.co` }, ref],
    [
      'the place of a self-hosted database',
      { DB_URL: selfHosted, URL: 'https://api.example.com' },
      '10.0.0.5:5432/postgres',
    ],
    ['the host of a self-hosted API', { URL: 'http://127.0.0.1:8000' }, '127.0.0.1:8000'],
  ])('is %s', (_case, settings, reference) => {
    expect(projectReference(settings)).toBe(reference)
  })
})

describe('two descriptions of a project', () => {
  it.each([
    [{ PROJECT_REF: ref }, { DB_URL: pooler }],
    [{ DB_URL: direct }, { DB_URL: pooler }],
    [{ URL: `https://${ref}.supabase.co` }, { DB_URL: direct }],
    [
      { URL: 'https://one.example.com', DB_URL: selfHosted },
      { URL: 'https://two.example.com', DB_URL: selfHosted },
    ],
  ])('are the same project by any means: %o and %o', (one, other) => {
    expect(sameProject(one, other)).toBe(true)
    expect(sameProject(other, one)).toBe(true)
  })

  it.each([
    [{ PROJECT_REF: ref }, { PROJECT_REF: 'zyxdefghijklmnopqrst' }],
    [{ DB_URL: pooler }, { DB_URL: pooler.replace(ref, 'zyxdefghijklmnopqrst') }],
    [{ DB_URL: selfHosted }, { DB_URL: selfHosted.replace('5432', '5433') }],
    [{}, {}],
  ])('are not the same: %o and %o', (one, other) => {
    expect(sameProject(one, other)).toBe(false)
  })
})
