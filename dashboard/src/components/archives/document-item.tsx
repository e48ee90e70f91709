import { isPlain, type Plain } from './plain'

const marks: Record<string, string> = {
  ...{ added: '+', create: '+', removed: '−', drop: '−' },
  ...{ changed: '~', change: '~' },
}

/** One of a list of a script's answer: a name, a change, a finding, or a count that becomes another. */
export function DocumentItem({ item }: { item: unknown }) {
  if (!isPlain(item))
    return <li className="font-mono text-[13px] [overflow-wrap:anywhere]">{String(item)}</li>
  const { severity, message, change, diff } = item
  if (typeof message === 'string')
    return (
      <li className="[overflow-wrap:anywhere]">
        <span className="font-medium">{String(severity ?? '')}</span> {message}
      </li>
    )
  const [before, after] =
    'rowsBefore' in item ? [item['rowsBefore'], item['rowsAfter']] : [item['now'], item['after']]
  const isLong = [before, after].some((text) => typeof text === 'string' && text.length > longestInline)
  return (
    <li className="grid gap-1 [overflow-wrap:anywhere]">
      <span>
        {typeof change === 'string' && (
          <span className="inline-block w-20 font-medium">
            <span aria-hidden>{marks[change] ?? ''} </span>
            {change}
          </span>
        )}
        <span className="font-mono text-[13px]">{titleOf(item)}</span>
        {(before !== undefined || after !== undefined) && !isLong && (
          <span className="numeric ml-2 text-muted">
            {textOf(before)} → {textOf(after)}
          </span>
        )}
      </span>
      {isLong && <Texts before={before} after={after} />}
      {typeof diff === 'string' && <Source text={diff} />}
    </li>
  )
}

/** A longer text is shown below. */
const longestInline = 60

function Texts({ before, after }: { before: unknown; after: unknown }) {
  return (
    <div className="grid gap-1 lg:grid-cols-2">
      {before !== null && before !== undefined && <Source text={textOf(before)} title="now" />}
      {after !== null && after !== undefined && <Source text={textOf(after)} title="after" />}
    </div>
  )
}

function Source({ text, title }: { text: string; title?: string }) {
  return (
    <div className="min-w-0">
      {title !== undefined && <span className="text-[13px] text-muted">{title}</span>}
      <pre className="whitespace-pre-wrap rounded-md border bg-page p-2 font-mono text-[12px] [overflow-wrap:anywhere]">
        {text}
      </pre>
    </div>
  )
}

function titleOf({ kind, schema, bucket, id, name, what }: Plain): string {
  const isText = (part: unknown) => typeof part === 'string'
  const place = isText(schema) && isText(name) ? `${schema}.${name}` : name
  const details = Array.isArray(what) && what.length > 0 ? `(${what.join(', ')})` : undefined
  return [kind, bucket, id, place, details].filter(isText).join(' ')
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return 'none'
  if (typeof value === 'number') return value.toLocaleString('en-US')
  return typeof value === 'string' ? value : JSON.stringify(value)
}
