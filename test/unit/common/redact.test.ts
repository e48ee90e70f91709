import { expect, test } from 'vitest'
import { addSecrets, redact } from '../../../src/common/redact.ts'

test('a registered secret is masked wherever it stands, also URL-encoded', () => {
  addSecrets(['s3cr3t/with+signs'])
  expect(redact('x=s3cr3t/with+signs&y=s3cr3t%2Fwith%2Bsigns')).toBe('x=*****&y=*****')
})

test('the password of any URL is masked, though nobody registered it', () => {
  expect(redact('postgresql://postgres:p%40ss@db.example:5432/postgres')).toBe(
    'postgresql://postgres:*****@db.example:5432/postgres',
  )
})

test('where one secret contains another, nothing of the longer one stays', () => {
  addSecrets(['abcd-1234', 'abcd-1234-efgh'])
  expect(redact('abcd-1234-efgh')).toBe('*****')
})

test('text without secrets stays as it is', () => {
  expect(redact('12 objects at http://127.0.0.1:54321/storage/v1')).toBe(
    '12 objects at http://127.0.0.1:54321/storage/v1',
  )
})

test('a secret that is a common word is masked where it stands as one, and nowhere else', () => {
  addSecrets(['postgres'])
  for (const text of [
    '/usr/lib/postgresql/15/bin',
    'must be owner of postgres',
    'docker.io/library/postgres:17',
    'postgresql://db.example/postgres',
    'FATAL: password authentication failed for user "postgres"',
  ])
    expect(redact(text)).toBe(text)
  for (const text of [
    'PGPASSWORD=postgres psql',
    "ALTER ROLE x PASSWORD 'postgres'",
    '{"password": "postgres"}',
    'password=postgres host=x',
    'Bearer postgres',
  ])
    expect(redact(text), text).toBe(text.replace('postgres', '*****'))
  expect(redact('postgresql://postgres:postgres@127.0.0.1/postgres')).toBe(
    'postgresql://postgres:*****@127.0.0.1/postgres',
  )
})
