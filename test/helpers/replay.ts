import { type Bindings, findDifferences, matchesRows } from './exchange-matching.ts'
import { type RawResponse, sendRaw } from './raw-request.ts'
import type { ExchangeLine, RecordedLine, SentBody } from './storage-exchanges.ts'

/** What a recording is played against. */
export interface ReplayTarget {
  /** Scheme, host and port of a server without prefix. */
  origin: string
  /** By the names the recording gives them: service_role, anon, authenticated, wrong_secret, expired, unknown_role. */
  tokens: Record<string, string>
  /** Runs a statement as superuser; returns its rows as `json_agg` makes them, or the number of rows affected. */
  runSql(sql: string, wantsRows: boolean): Promise<unknown>
  removeBackendFile(bucket: string, key: string): Promise<void>
}

/** Plays one scenario; returns the differences by step. */
export async function replay(
  target: ReplayTarget,
  lines: readonly RecordedLine[],
): Promise<Map<number, string[]>> {
  const bindings: Bindings = new Map([['base', target.origin]])
  const differences = new Map<number, string[]>()
  for (const line of lines) {
    const found = await play(target, line, bindings)
    if (found.length > 0) differences.set(line.step, found)
  }
  return differences
}

async function play(target: ReplayTarget, line: RecordedLine, bindings: Bindings): Promise<string[]> {
  if ('action' in line) {
    await target.removeBackendFile(line.bucket, line.key)
    return []
  }
  if ('sql' in line) {
    const expected = line.rows ?? line.affected
    const actual = await target.runSql(fill(line.sql, bindings), line.rows !== undefined)
    return matchesRows(expected, actual)
      ? []
      : [`rows ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`]
  }
  const response = await send(target, line, bindings)
  return [...capture(line, response, bindings), ...findDifferences(line, response, bindings)]
}

function send(
  { origin, tokens }: ReplayTarget,
  line: ExchangeLine,
  bindings: Bindings,
): Promise<RawResponse> {
  const { method, path, headers, framing, body } = line.request
  const known = new Map([...bindings, ...Object.entries(tokens)])
  const filled = Object.entries(headers).map(([name, value]) => {
    const bearer = name === 'authorization' && /^\{\{\w+\}\}$/.test(value) ? 'Bearer ' : ''
    return [name, bearer + fill(value, known)]
  })
  return sendRaw(origin, {
    method,
    path: fill(path, known),
    headers: Object.fromEntries(filled),
    body: bytes(body, known),
    chunked: framing === 'chunked',
  })
}

/** `{{name}}` becomes the bound value, `{{fill:TEXT:N}}` the text N times. */
function fill(text: string, known: ReadonlyMap<string, string>): string {
  return text
    .replace(/\{\{fill:([^:]*):(\d+)\}\}/g, (_, piece: string, times: string) => piece.repeat(Number(times)))
    .replace(/\{\{(\w+)\}\}/g, (whole, name: string) => known.get(name) ?? whole)
}

function bytes(body: SentBody, known: ReadonlyMap<string, string>): Buffer {
  if (body === null) return Buffer.alloc(0)
  if ('json' in body) return Buffer.from(fill(JSON.stringify(body.json), known))
  if ('text' in body) return Buffer.from(fill(body.text, known))
  if ('base64' in body) return Buffer.from(body.base64, 'base64')
  return Buffer.alloc(body.fill.length, body.fill.byte)
}

/** Binds what a line captures; a missing value is a difference. */
function capture(line: ExchangeLine, response: RawResponse, bindings: Bindings): string[] {
  return Object.entries(line.capture ?? {}).flatMap(([name, source]) => {
    const value = read(source, response)
    if (value === undefined) return [`nothing to capture as ${name} at ${source}`]
    bindings.set(name, value)
    return []
  })
}

/** `$.path`, `header:name` or `header:name|path` (only the path of a URL). */
function read(source: string, response: RawResponse): string | undefined {
  if (source.startsWith('$.')) {
    const json: unknown = JSON.parse(response.body.toString())
    const value = source
      .slice(2)
      .split('.')
      .reduce<unknown>(
        (current, field) =>
          typeof current === 'object' && current !== null ? Reflect.get(current, field) : undefined,
        json,
      )
    return typeof value === 'string' ? value : undefined
  }
  const [name = '', part] = source.slice('header:'.length).split('|')
  const value = response.headers[name]
  return part === 'path' && value !== undefined ? new URL(value).pathname : value
}
