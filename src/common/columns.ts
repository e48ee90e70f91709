type Row = readonly string[]

/** How wide each column of a table is, in characters: as its longest cell. */
export function widthsOf(rows: readonly Row[]): number[] {
  return (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
}

/**
 * One line of a table for people: its cells, two spaces apart.
 * @param widths in characters; a cell that is longer moves what follows, one without a width is as wide as it is
 * @param right the columns, counted from 0, whose cells stand at their right edge
 */
export function alignedLine(cells: Row, widths: readonly number[], right: readonly number[] = []): string {
  return cells
    .map((cell, column) => {
      const width = widths[column] ?? 0
      return right.includes(column) ? cell.padStart(width) : cell.padEnd(width)
    })
    .join('  ')
}
