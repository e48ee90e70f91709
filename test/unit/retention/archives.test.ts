import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  archiveName,
  archiveNames,
  parseArchiveName,
  projectArchives,
} from '../../../src/retention/archives.ts'

describe('archive names', () => {
  it('carry project, UTC time and whether the run was degraded', () => {
    expect(parseArchiveName('shop-2026-11-20_03-04-05', 'shop')).toEqual({
      name: 'shop-2026-11-20_03-04-05',
      project: 'shop',
      time: new Date('2026-11-20T03:04:05Z'),
      status: 'complete',
    })
    expect(parseArchiveName('shop-2026-11-20_03-04-05-degraded', 'shop')?.status).toBe('degraded')
  })

  it.each([
    ['another project whose name begins alike', 'shop-eu-2026-11-20_03-04-05'],
    ['a checkpoint of an interrupted run', 'shop-2026-11-20_03-04-05.checkpoint'],
    ['a name made by hand', 'shop-before-the-move'],
    ['a date that does not exist', 'shop-2026-02-30_03-04-05'],
    ['an hour that does not exist', 'shop-2026-02-20_25-04-05'],
    ['a project whose name ends alike', 'my-shop-2026-11-20_03-04-05'],
    ['more after the time', 'shop-2026-11-20_03-04-05-degraded-degraded'],
  ])('are not ours: %s', (_case, name) => {
    expect(parseArchiveName(name, 'shop')).toBeUndefined()
  })

  it('belong to exactly one project, whatever the projects are called', () => {
    const piece = fc.constantFrom('a', 'b', 'degraded', '2026-11-20', '2026-11-20_03-04-05', '1')
    const project = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join('-'))
    fc.assert(
      fc.property(
        project,
        project,
        fc.date({ min: new Date('2020-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }),
        fc.constantFrom('complete' as const, 'degraded' as const),
        (mine, other, date, status) => {
          const time = new Date(Math.floor(date.getTime() / 1000) * 1000)
          const name = archiveName(mine, time, status)
          expect(parseArchiveName(name, mine)).toEqual({ name, project: mine, time, status })
          if (other !== mine) expect(parseArchiveName(name, other)).toBeUndefined()
        },
      ),
    )
  })

  it('are read from what borg list --json prints, newest first', () => {
    const list = JSON.stringify({
      archives: [
        {
          archive: 'shop-2026-11-18_03-00-00',
          name: 'shop-2026-11-18_03-00-00',
          time: '2026-11-18T04:00:01.000000',
        },
        { archive: 'shop-eu-2026-11-19_03-00-00', name: 'shop-eu-2026-11-19_03-00-00' },
        { archive: 'shop-2026-11-20_03-00-00', name: 'shop-2026-11-20_03-00-00' },
      ],
      encryption: { mode: 'repokey-blake2' },
    })
    expect(projectArchives(archiveNames(list), 'shop').map((archive) => archive.name)).toEqual([
      'shop-2026-11-20_03-00-00',
      'shop-2026-11-18_03-00-00',
    ])
  })

  it('cannot be read from anything else', () => {
    expect(() => archiveNames('{"archives": 3}')).toThrow()
    expect(() => archiveNames('')).toThrow()
  })
})
