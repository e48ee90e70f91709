import { describe, expect, test } from 'vitest'
import { isOriginal } from '../../../src/restore/resolve-target.ts'
import { refuseByIdentity, type TargetIdentity } from '../../../src/restore/target-identity.ts'

const hosted = { name: 'shop', ref: 'abcdefghijklmnopqrst', url: null }
const selfHosted = { name: 'shop', ref: null, url: 'https://supabase.example.com' }

describe('what acts on the world comes back awake', () => {
  const project = { hosted, selfHosted }
  test.each<[keyof typeof project, 'its name' | 'another name', TargetIdentity, boolean]>([
    ['hosted', 'its name', 'same', true],
    ['hosted', 'its name', 'unknown', true],
    // The platform upgraded it, which makes a new cluster of it.
    ['hosted', 'its name', 'other', true],
    ['hosted', 'another name', 'same or copy', false],
    ['hosted', 'another name', 'other', false],
    ['selfHosted', 'its name', 'same', true],
    ['selfHosted', 'its name', 'same or copy', true],
    ['selfHosted', 'its name', 'unknown', true],
    // Somebody else's server by now, or one that was set up anew.
    ['selfHosted', 'its name', 'other', false],
    ['selfHosted', 'its name', 'copy', false],
    ['selfHosted', 'another name', 'same', true],
    ['selfHosted', 'another name', 'copy', false],
    ['selfHosted', 'another name', 'same or copy', false],
    ['selfHosted', 'another name', 'unknown', false],
  ])('%s, under %s, by its server %s: %s', (kind, name, identity, awake) => {
    const own =
      kind === 'hosted' ? { PROJECT_REF: hosted.ref } : { URL: selfHosted.url, STORAGE_URL: 'unused' }
    const other = { URL: 'https://staging.example.com' }
    const target = name === 'its name' ? own : other
    expect(isOriginal({ project: project[kind] }, identity, target)).toBe(awake)
  })
})

test.each<[TargetIdentity, boolean]>([
  ['same', true],
  ['same or copy', true],
  ['copy', false],
  ['other', false],
  ['unknown', false],
])('a target that is by its server %s is refused: %s', (identity, refused) => {
  const refuse = () => refuseByIdentity(identity, 'staging')
  if (refused) expect(refuse).toThrowError(expect.objectContaining({ code: 'TARGET_IS_SOURCE' }))
  else expect(refuse).not.toThrow()
})
