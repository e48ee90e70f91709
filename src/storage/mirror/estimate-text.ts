import { alignedLine, widthsOf } from '../../common/columns.ts'
import { formatBytes } from '../../common/units.ts'
import type { StorageEstimate } from './estimate.ts'

const columns = ['bucket', 'objects', 'size', 'to fetch', 'size', 'reused', 'size']

/** A line a bucket and one for all: what there is, what would be fetched, what is there already. */
export function renderEstimate(estimated: {
  total: StorageEstimate
  buckets: Record<string, StorageEstimate>
}): string {
  const rows = [
    columns,
    ...Object.entries(estimated.buckets).map(([name, bucket]) => cells(name, bucket)),
    cells('total', estimated.total),
  ]
  const numbers = [...columns.keys()].slice(1)
  const widths = widthsOf(rows)
  const lines = rows.map((row) => alignedLine(row, widths, numbers))
  const unknown = estimated.total.objectsOfUnknownSize
  const note = unknown === 0 ? '' : `The size of ${unknown} objects to fetch is not known and not counted.\n`
  return `${lines.map((line) => `${line}\n`).join('')}${note}`
}

function cells(name: string, estimate: StorageEstimate): string[] {
  return [
    name,
    String(estimate.objects),
    formatBytes(estimate.bytes),
    String(estimate.objectsToFetch),
    formatBytes(estimate.bytesToFetch),
    String(estimate.objectsToReuse),
    formatBytes(estimate.bytesToReuse),
  ]
}
