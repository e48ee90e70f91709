import { type ComponentResult, type Finding, finding } from '../common/findings.ts'
import type { Manifest } from '../common/manifest.ts'
import { findComponent } from '../components/list.ts'
import { componentsOf } from '../generation/held.ts'

/** The names of the components that a backup was to have and has not, as their own backup failed when it was made. */
export function lackedBy(manifest: Manifest): string[] {
  const held = componentsOf(manifest)
  return manifest.components
    .filter(({ status }) => status === 'failed')
    .map(({ component }) => component)
    .filter((name) => !held.includes(findComponent(name)?.within ?? ''))
}

/** Of these components those of which a backup has only an older copy, for the same reason, and of when it is. */
export function staleIn(
  { components }: Manifest,
  wanted: readonly string[],
): { component: string; takenAt: string }[] {
  return components.flatMap(({ component, status, takenAt = 'an unknown time' }) =>
    status === 'stale' && wanted.includes(component) ? [{ component, takenAt }] : [],
  )
}

/** Whatever comes back is equal to such a backup, and still not the whole project: said where all of the backup was asked for. */
export function lackingResults(manifest: Manifest): ComponentResult[] {
  return lackedBy(manifest).map((component) => {
    const message = `The backup is without it: its own backup failed when this one was made. Choose an archive that has it (restore.sh --list), or ask only for what this one has: --only ${componentsOf(manifest).join(',')}.`
    const found = finding({ component, severity: 'degraded', kind: 'backup-lacks', message, count: 1 })
    return { component, status: 'skipped', seconds: 0, counts: {}, findings: [found] }
  })
}

/** What came back is older than the rest of the backup. */
export function staleFindings(manifest: Manifest, wanted: readonly string[]): Finding[] {
  return staleIn(manifest, wanted).map(({ component, takenAt }) => {
    const message = `Its own backup failed when this one was made: what the backup has of it is its last good copy, of ${takenAt}.`
    return finding({ component, severity: 'note', kind: 'backup-stale', message, count: 1 })
  })
}
