import { components } from '../components/list.ts'
import type { BackupDiff } from './diff.ts'

/** What changed, in lines for people. */
export function diffLines({ from, to, equal, components: compared, unknown }: BackupDiff): string[] {
  const results = Object.values(compared).filter((result) => result !== null)
  const changes = results.flatMap(({ lines }) => lines)
  const nothing = equal ? 'Nothing changed.' : 'Nothing of the two could be compared.'
  const absent = components
    .filter(({ name, within }) => compared[name] === null && !(within !== undefined && compared[within]))
    .map(({ diff }) => diff?.absent ?? '')
  return [
    ...[sideLine('From', from), sideLine('To  ', to), ''],
    ...(equal || results.length === 0 ? [nothing] : changes),
    ...absent,
    ...unknown.map((name) => `Only a newer toolkit knows ${name}, so that was not compared.`),
  ]
}

function sideLine(label: string, { source, snapshotAt }: BackupDiff['from']): string {
  return `${label} ${source}${snapshotAt === null ? '' : `, as it was on ${snapshotAt}`}`
}
