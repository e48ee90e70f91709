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
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  )
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
