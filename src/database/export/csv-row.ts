/**
 * A row as CSV by RFC 4180, in the form that `COPY … (FORMAT csv, HEADER)` reads back: NULL is nothing at all, an empty text is `""`.
 */
export function writeCsvRow(values: readonly (string | null)[]): string {
  return values.map(writeCsvValue).join(',')
}

function writeCsvValue(value: string | null): string {
  if (value === null) return ''
  // A lone `\.` would end the data for older servers.
  return value === '' || value === '\\.' || /[",\r\n]/.test(value)
    ? `"${value.replaceAll('"', '""')}"`
    : value
}
