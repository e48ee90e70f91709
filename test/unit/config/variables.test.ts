import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'dotenv'
import { describe, expect, it } from 'vitest'
import { renderExample, renderReference } from '../../../src/config/document.ts'
import { kindOf } from '../../../src/config/kinds.ts'
import { secretNames } from '../../../src/config/load.ts'
import { showProject } from '../../../src/config/show.ts'
import { closestName, editDistance } from '../../../src/config/suggest.ts'
import { settingsSchema } from '../../../src/config/variables.ts'
import { checkout } from '../../helpers/checkout.ts'

describe('the documents', () => {
  it.each([
    ['.env.example', renderExample],
    ['docs/reference/configuration.md', renderReference],
  ])('%s is what npm run generate makes of the schema', async (path, render) => {
    expect(await readFile(join(checkout, path), 'utf8')).toBe(render())
  })

  it('the example names every variable, and is valid when its comment signs are taken away', () => {
    const uncommented = renderExample().replaceAll(/^#(?=[A-Z_]+=)/gm, '')
    const values = parse(uncommented)
    expect(Object.keys(values).sort()).toEqual(Object.keys(settingsSchema.shape).sort())
    const filled = Object.entries(values).filter(([, value]) => value !== '' && !value.startsWith('~'))
    expect(settingsSchema.safeParse(Object.fromEntries(filled)).error).toBeUndefined()
  })

  it('every target variable is of the kind of the origin’s', () => {
    const { shape } = settingsSchema
    for (const [name, schema] of Object.entries(shape)) {
      if (!name.startsWith('TEST_')) continue
      const twin = Object.entries(shape).find(([other]) => `TEST_${other}` === name)?.[1]
      expect(twin && kindOf(twin), name).toEqual(kindOf(schema))
    }
  })
})

describe('secrets', () => {
  it('are every key, password, passphrase, token and connection string', () => {
    const named = Object.keys(settingsSchema.shape).filter((name) =>
      /PASSWORD|PASSPHRASE|_KEY$|TOKEN|DB_URL/.test(name),
    )
    expect(secretNames).toEqual(expect.arrayContaining(named))
  })

  it('are not shown, but for where a connection string leads', () => {
    const project = {
      values: {
        BORG_PASSPHRASE: 'hidden',
        SUPABASE_DB_URL: 'postgresql://u:hidden@h:5432/db',
        BORG_REPO: '/r',
      },
      origins: {},
    }
    const shown = showProject(project, false)
    expect(shown).not.toContain('hidden')
    expect(shown).toContain('postgresql://u:*****@h:5432/db')
    expect(showProject(project, true)).not.toContain('hidden')
  })
})

describe('a misspelt name', () => {
  it.each([
    ['BORG_RETENTON_DAYS', 'BORG_RETENTION_DAYS'],
    ['borg_repo', 'BORG_REPO'],
    ['SUPABASE_SERVICE_KEY', 'SUPABASE_SERVICE_ROLE_KEY'],
    ['SUPABSAE_URL', 'SUPABASE_URL'],
  ])('%s is like %s', (name, expected) => {
    expect(closestName(name, Object.keys(settingsSchema.shape))).toBe(expected)
  })

  it('is like nothing when most of it differs', () => {
    expect(closestName('XYZZY', ['BORG_REPO', 'LOG_LEVEL'])).toBeUndefined()
  })

  it('counts two swapped letters as one mistake', () => {
    expect([
      editDistance('abcd', 'acbd'),
      editDistance('', 'abc'),
      editDistance('kitten', 'sitting'),
    ]).toEqual([1, 3, 3])
  })
})

describe('kinds', () => {
  const parse = (name: keyof typeof settingsSchema.shape, value: string) =>
    settingsSchema.shape[name].safeParse(value)
  it.each([
    ['MIN_FREE_SPACE', '1.5G', 1.5 * 2 ** 30],
    ['MIN_FREE_SPACE', '4096', 4096],
    ['BORG_RETENTION_DAYS', '7', 7],
    ['LOCAL_BACKUP_DIR', '/var/x', '/var/x'],
    ['LOCAL_BACKUP_DIR', `/var/${'x'.repeat(200)}`, `/var/${'x'.repeat(200)}`],
    ['BORG_EXTRACT_DIR', '/x'.repeat(350), '/x'.repeat(350)],
    ['BORG_REPO', 'ssh://u@h:22/./r', 'ssh://u@h:22/./r'],
    ['BORG_REPO', 'u@h:r', 'u@h:r'],
  ] as const)('%s takes %s', (name, value, expected) => {
    expect(parse(name, value).data).toBe(expected)
  })

  it.each([
    ['MIN_FREE_SPACE', 'much'],
    ['BORG_RETENTION_DAYS', '7.5'],
    ['LOCAL_BACKUP_DIR', 'relative/path'],
    ['LOCAL_BACKUP_DIR', `/var/${'ü'.repeat(101)}`],
    ['BORG_EXTRACT_DIR', '/x'.repeat(351)],
    ['BORG_REPO', 'relative/path'],
    ['SUPABASE_URL', 'ftp://x'],
    ['SUPABASE_PROJECT_REF', 'My-Project'],
    ['BORG_ENCRYPTION', 'rot13'],
    ['BORG_COMPRESSION', 'zip'],
  ] as const)('%s refuses %s', (name, value) => {
    expect(parse(name, value).success).toBe(false)
  })
})
