import { formatBytes, plural } from '../../common/units.ts'
import type { ComponentDiff } from '../../components/component.ts'
import { changeLines, marks, oneLine, section } from '../../diff/lines.ts'
import { type BucketChange, compareObjects } from './objects.ts'

/** Names of a bucket's objects that are printed; --json has more. */
const namesShown = 20

/** What changed in Storage from one backup to another: buckets and objects. */
export async function diffStorage(before: string, after: string): Promise<ComponentDiff> {
  const changes = await compareObjects(before, after)
  const { buckets, objects, equal } = changes
  const lines = [
    ...buckets.flatMap(changeLines),
    ...objects.flatMap(bucketLines),
    `${plural(equal, 'object')} the same`,
  ]
  return {
    document: { ...changes },
    equal: buckets.length + objects.length === 0,
    lines: section('Storage', lines),
  }
}

function bucketLines({
  bucket,
  added,
  removed,
  changed,
  bytesBefore,
  bytesAfter,
  objects,
}: BucketChange): string[] {
  const counts = [
    ...(added > 0 ? [`${plural(added, 'object')} added`] : []),
    ...(removed > 0 ? [`${plural(removed, 'object')} removed`] : []),
    ...(changed > 0 ? [`${plural(changed, 'object')} changed`] : []),
  ]
  const more = added + removed + changed - Math.min(objects.length, namesShown)
  return [
    `${oneLine(bucket)}: ${counts.join(', ')}; ${formatBytes(bytesBefore)} -> ${formatBytes(bytesAfter)}`,
    ...objects.slice(0, namesShown).map(({ change, name }) => `    ${marks[change]} ${oneLine(name)}`),
    ...(more > 0 ? [`    and ${more.toLocaleString('en-US')} more; --json lists the first thousand`] : []),
  ]
}
