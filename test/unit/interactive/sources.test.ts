import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeManifest } from '../../../src/common/manifest.ts'
import { componentNames } from '../../../src/components/list.ts'
import { renderSources } from '../../../src/interactive/list.ts'
import { sourceLabels } from '../../../src/interactive/pick-source.ts'
import { listSources, type Source } from '../../../src/interactive/sources.ts'
import { applyRun, emptyStatus } from '../../../src/report/status.ts'
import { component, exampleReport } from '../../helpers/reports.ts'

const now = new Date('2026-11-20T07:00:00Z')
const verification = { ok: true, counts: {}, differences: [] }
const status = applyRun(
  applyRun(emptyStatus('shop'), exampleReport()),
  exampleReport({ kind: 'drill', archives: [], verification }),
)
const archives = [
  '2024-01-01_03-00-00',
  'blog-2026-11-20_03-00-00',
  'shop-2026-11-19_03-00-00-degraded',
  'shop-2026-11-20_03-00-00',
  'shop-2026-11-20_03-00-00.checkpoint',
]

describe('what can be restored', () => {
  it("is the project's archives and the predecessor's, newest first, with what is known of each", async () => {
    const sources = await listSources({
      project: 'shop',
      archives,
      local: '/nowhere',
      extract: '/nowhere',
      ...{ status, now },
    })
    expect(sources).toMatchObject([
      {
        kind: 'archive',
        name: 'shop-2026-11-20_03-00-00',
        status: 'complete',
        bytes: 1_288_490_189,
        verified: true,
      },
      {
        kind: 'archive',
        name: 'shop-2026-11-19_03-00-00-degraded',
        status: 'degraded',
        bytes: null,
        verified: false,
      },
      { kind: 'predecessor', name: '2024-01-01_03-00-00', status: 'unknown' },
    ])
    expect(sources[0]?.components).toEqual(['database', 'storage'])
    expect(sources[1]?.components).toEqual(componentNames)
  })

  it('is in the order of the runs, where the clock was years ahead or was set back', async () => {
    const made = (archive: string, when: string) =>
      exampleReport({
        startedAt: when,
        archives: exampleReport().archives.map((one) => ({ ...one, name: archive })),
      })
    const [first, ahead, back, last] = [
      'shop-2026-11-19_03-00-00',
      'shop-2031-01-01_03-00-00',
      'shop-2026-11-17_03-00-00',
      'shop-2026-11-18_03-00-00',
    ] as const
    const runs = [first, ahead, back, last].map((archive) => made(archive, '2026-11-19T03:00:00.000Z'))
    const known = runs.reduce((so, report) => applyRun(so, report), emptyStatus('shop'))
    const list = async (now: Date, status = known) => {
      const places = { local: '/nowhere', extract: '/nowhere' }
      const names = [ahead, back, first, last]
      return (await listSources({ project: 'shop', archives: names, ...places, status, now })).map(
        ({ name }) => name,
      )
    }
    expect(await list(now)).toEqual([last, back, ahead, first])
    // Of which only the names are known: the one of a time yet to come is not the newest.
    expect(await list(now, emptyStatus('shop'))).toEqual([first, last, back, ahead])
    expect(await list(new Date('2031-01-02T00:00:00Z'), emptyStatus('shop'))).toEqual([
      ahead,
      first,
      last,
      back,
    ])
  })

  it('begins with Local, by the date of its snapshot and with the components it has', async () => {
    const local = await mkdtemp(join(tmpdir(), 'sources-'))
    await writeManifest(local, {
      format: 1,
      tool: { name: 'supabase-backup', version: '1.2.3' },
      runId: 'run-1',
      project: { name: 'shop', ref: null, url: null },
      startedAt: '2026-11-20T03:00:00.000Z',
      snapshotAt: '2026-11-20T03:00:02.000Z',
      status: 'degraded',
      components: [component('database', {}), component('storage', { bytes: 500 }, { status: 'skipped' })],
      versions: {},
      files: { 'database/roles.sql': { bytes: 24, sha256: '00' } },
    })
    const sources = await listSources({ project: 'shop', archives, local, extract: '/nowhere', status, now })
    await rm(local, { recursive: true })
    expect(sources[0]).toEqual({
      kind: 'local',
      name: 'Local',
      time: new Date('2026-11-20T03:00:02.000Z'),
      status: 'degraded',
      bytes: 524,
      verified: false,
      components: ['database'],
    })
    expect(sources).toHaveLength(4)
  })
})

describe('the lines of the list', () => {
  const source = (changes: Partial<Source>): Source => ({
    kind: 'archive',
    name: 'shop-2026-11-20_03-00-00',
    time: new Date('2026-11-20T03:00:00Z'),
    status: 'complete',
    bytes: 1_288_490_189,
    verified: true,
    components: componentNames,
    ...changes,
  })
  const sources = [
    source({ kind: 'local', name: 'Local', verified: false }),
    source({}),
    source({
      name: 'shop-2026-11-09_03-00-00-degraded',
      time: new Date('2026-11-09T03:00:00Z'),
      status: 'degraded',
      bytes: null,
    }),
  ]

  it('stand in columns', () => {
    expect(sourceLabels(sources, now, 100)).toEqual([
      'Local    2026-11-20 03:00 UTC      4 h 0 min ago  complete  1.2 GiB',
      'shop-2026-11-20_03-00-00           4 h 0 min ago  complete  1.2 GiB  verified',
      'shop-2026-11-09_03-00-00-degraded  11 d 4 h ago   degraded           verified',
    ])
  })

  it('of --list have what has no room beside the name below it, on a narrow terminal alone', () => {
    const listed = [
      source({}),
      source({ name: 'shop-2026-11-19_03-00-00-degraded', status: 'degraded', bytes: null, verified: false }),
      source({ kind: 'partial', name: 'shop-2026-11-18_03-00-00-schema', partial: { type: 'schema' } }),
    ]
    const lines = (columns?: number) => renderSources(listed, now, columns).split('\n').slice(0, -1)
    expect(lines()).toHaveLength(3)
    expect(lines(80)).toEqual([
      'shop-2026-11-20_03-00-00  2026-11-20 03:00 UTC  4 h ago  1.2 GiB  verified',
      'shop-2026-11-19_03-00-00-degraded',
      '                          2026-11-20 03:00 UTC  4 h ago           degraded',
      'shop-2026-11-18_03-00-00-schema',
      '  2026-11-20 03:00 UTC  4 h ago  1.2 GiB  partial: definitions, verified',
    ])
    expect(lines(40).slice(0, 3)).toEqual([
      'shop-2026-11-20_03-00-00',
      '  2026-11-20 03:00 UTC  4 h ago  1.2 GiB',
      '  verified',
    ])
  })

  it('lose their last columns where the terminal is narrow, and never wrap', () => {
    expect(sourceLabels(sources, now, 50)).toEqual([
      'Local    2026-11-20 03:00 UTC      4 h 0 min ago',
      'shop-2026-11-20_03-00-00           4 h 0 min ago',
      'shop-2026-11-09_03-00-00-degraded  11 d 4 h ago',
    ])
    for (const label of sourceLabels(sources, now, 20)) expect(label.length).toBeLessThanOrEqual(20)
  })
})
