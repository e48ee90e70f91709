import { components } from '../components/list.ts'
import type { BackupDiff } from './diff.ts'

/** What changed, in lines for people. */
export function diffLines({ from, to, equal, components: compared, unknown }: BackupDiff): string[] {
  const changes = Object.values(compared).flatMap((result) => result?.lines ?? [])
  const absent = components
    .filter(({ name, within }) => compared[name] === null && !(within !== undefined && compared[within]))
    .map(({ diff }) => diff?.absent ?? '')
  return [
    ...[sideLine('From', from), sideLine('To  ', to), ''],
    ...(equal ? ['Nothing changed.'] : changes),
    ...absent,
    ...unknown.map((name) => `Only a newer toolkit knows ${name}, so that was not compared.`),
  ]
}

function sideLine(label: string, { source, snapshotAt }: BackupDiff['from']): string {
  return `${label} ${source}${snapshotAt === null ? '' : `, as it was on ${snapshotAt}`}`
}
