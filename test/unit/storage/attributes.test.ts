import { describe, expect, test } from 'vitest'
import { type ManifestRow, manifestRowSchema } from '../../../src/storage/catalogue/rows.ts'
import {
  exceedsHeader,
  isSendableHeader,
  isSendableType,
  sameExtraMetadata,
  sameHeaders,
  sameRobots,
  sameUserMetadata,
  userMetadataHeader,
  wantedAttributes,
} from '../../../src/storage/restore/attributes.ts'

function row(fields: Partial<ManifestRow>): ManifestRow {
  return manifestRowSchema.parse({
    ...{ id: null, name: 'a', created_at: null, updated_at: null },
    ...{ state: 'ok', file: 'a', bytes: 1, sha256: 'x' },
    ...fields,
  })
}
const withMetadata = (metadata: unknown) => row({ metadata })

describe('what an object is to have at the target', () => {
  test('is what its row says, else how the service sent it, else the default of the service', () => {
    const served = { mimetype: 'text/plain', cacheControl: 'max-age=5' }
    expect(wantedAttributes(row({ metadata: { mimetype: 'image/png' }, served }))).toMatchObject({
      mimetype: 'image/png',
      cacheControl: 'max-age=5',
    })
    expect(wantedAttributes(row({ served }))).toMatchObject(served)
    expect(wantedAttributes(row({}))).toMatchObject({ mimetype: undefined, cacheControl: undefined })
  })

  test('has no cache control where the row has an empty one, which the service stores otherwise', () => {
    expect(wantedAttributes(withMetadata({ cacheControl: '' })).cacheControl).toBeUndefined()
  })
})

describe('two objects', () => {
  test.each([
    [
      'the same type and cache control',
      { mimetype: 'a/b', cacheControl: 'c' },
      { mimetype: 'a/b', cacheControl: 'c' },
      true,
    ],
    ['another type', { mimetype: 'a/b' }, { mimetype: 'a/c' }, false],
    ['another cache control', { cacheControl: 'c' }, { cacheControl: 'd' }, false],
    ['a type where the backup knows none', {}, { mimetype: 'a/c' }, true],
  ])('with %s are the same in their headers: %#', (_what, wanted, has, same) => {
    expect(sameHeaders(withMetadata(wanted), withMetadata(has))).toBe(same)
  })

  test('differ in what robots are told, where one says nothing and the other not none', () => {
    expect(sameRobots(withMetadata({}), withMetadata({ xRobotsTag: 'none' }))).toBe(true)
    expect(sameRobots(withMetadata({}), withMetadata({ xRobotsTag: 'all' }))).toBe(false)
  })

  test('differ in what SQL put beside what the service writes, and in that alone', () => {
    const [one, other] = [withMetadata({ eTag: 'a', mine: [1] }), withMetadata({ eTag: 'b', mine: [1] })]
    expect(sameExtraMetadata(one, other)).toBe(true)
    expect(sameExtraMetadata(one, withMetadata({ eTag: 'a', mine: [2] }))).toBe(false)
  })

  test('have the same user metadata where one has none and the other an empty one', () => {
    expect(sameUserMetadata(row({ user_metadata: null }), row({ user_metadata: {} }))).toBe(true)
    expect(sameUserMetadata(row({ user_metadata: { a: 1 } }), row({ user_metadata: {} }))).toBe(false)
  })

  test('are told apart by the last digit of a number where both come from SQL', () => {
    const sql = (text: string) => row({ user_metadata: JSON.parse(text), user_metadata_text: text })
    expect(sameUserMetadata(sql('{"n": 9007199254740993}'), sql('{"n": 9007199254740992}'))).toBe(false)
    const api = row({ user_metadata: { n: 9007199254740992 } })
    expect(sameUserMetadata(sql('{"n": 9007199254740993}'), api)).toBe(true)
  })
})

describe('what can be sent', () => {
  test.each([
    [undefined, true],
    ['image/svg+xml; charset=utf-8', true],
    ['multipart/form-data; boundary=x', false],
    ['no type', false],
    ['text/pläin', false],
    ['text/plain\n', false],
  ])('as a content type: %j %j', (type, sendable) => {
    expect(isSendableType(type)).toBe(sendable)
  })

  test.each([
    [undefined, true],
    ['max-age=5', true],
    [' max-age=5', false],
    ['ü', false],
    ['', false],
  ])('as a header: %j %j', (value, sendable) => {
    expect(isSendableHeader(value)).toBe(sendable)
  })

  test('as user metadata is an object that fits a header, in Base64; nothing else is', () => {
    const header = (userMetadata: unknown) => {
      const wanted = { userMetadata, userMetadataText: JSON.stringify(userMetadata) }
      return { header: userMetadataHeader(wanted), exceeds: exceedsHeader(wanted) }
    }
    expect(header({ a: 1 })).toEqual({ header: Buffer.from('{"a":1}').toString('base64'), exceeds: false })
    expect(header({})).toEqual({ header: undefined, exceeds: false })
    expect(header({ a: 'x'.repeat(10_000) })).toEqual({ header: undefined, exceeds: true })
    expect(header([1])).toEqual({ header: undefined, exceeds: true })
  })
})
