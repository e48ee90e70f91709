import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { errors } from './errors.ts'
import { header } from './exchange.ts'

const maximumJson = 1 << 20

/** Reads a whole request body; throws past the maximum (bytes). */
export async function readAll(
  request: IncomingMessage,
  maximum: number,
  tooLarge: () => Error,
): Promise<Buffer> {
  if (Number(header(request, 'content-length') ?? 0) > maximum) throw tooLarge()
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    length += chunk.length
    if (length > maximum) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Reads and checks a JSON body, refusing it in the words of the service's parser and validator. */
export async function readJson<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
  const type = header(request, 'content-type')
  const text = (await readAll(request, maximumJson, errors.bodyTooLarge)).toString()
  if (!type?.startsWith('application/json')) return validate(schema, text === '' ? undefined : text, 'body')
  if (text === '')
    throw errors.unreadableBody("Body cannot be empty when content-type is set to 'application/json'")
  return validate(schema, parseJson(text), 'body')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw errors.unreadableBody("Body is not valid JSON but content-type is set to 'application/json'")
  }
}

/** Checks a body or query string; `where` starts the message as the service's validator does. */
export function validate<T>(schema: z.ZodType<T>, value: unknown, where: 'body' | 'querystring'): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw errors.schemaViolation(result.error.issues.map((issue) => describe(issue, value, where)).join(', '))
}

function describe(issue: z.core.$ZodIssue, value: unknown, where: string): string {
  if (issue.path.length === 0) return `${where} ${issue.message}`
  const parents = issue.path.slice(0, -1)
  if (at(value, issue.path) === undefined)
    return `${[where, ...parents].join('/')} must have required property '${String(issue.path.at(-1))}'`
  return `${[where, ...issue.path].join('/')} ${issue.message}`
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (current, name) =>
      typeof current === 'object' && current !== null ? Reflect.get(current, name) : undefined,
    value,
  )
}

// The service's validator coerces what it can; these take the same liberties.

export const text = z.preprocess((value) => {
  if (value === null) return ''
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
}, z.string())

export const flag = z.preprocess((value) => {
  if (value === 'true' || value === 1) return true
  return value === 'false' || value === 0 || value === null ? false : value
}, z.boolean())

export function integer(minimum: number) {
  return z.preprocess(
    (value) => (typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value),
    z.number('must be integer').int('must be integer').min(minimum, `must be >= ${minimum}`),
  )
}

export const textList = z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(text))

export function body<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.object(shape, 'must be object')
}
