import { z } from 'zod'
import { type ApiOperation, roleInWords } from '../../shared/api-operation.ts'
import { type Operation, objectSchema, type openApi } from './openapi.ts'

/** Every call, as the reference shows it: made of the OpenAPI document alone. */
export function operationsOf({ paths }: Pick<ReturnType<typeof openApi>, 'paths'>): ApiOperation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      id: operation.operationId,
      tag: operation.tags[0] ?? '',
      ...{ method: method.toUpperCase(), path, summary: operation.summary, role: operation['x-role'] },
      fields: fieldsOf(operation),
      answer: answerOf(operation),
    })),
  )
}

const schemaSchema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  $ref: z.string().optional(),
  description: z.string().optional(),
  required: z.array(z.string()).optional(),
  properties: z.record(z.string(), z.looseObject({ const: z.unknown().optional() })).optional(),
  get items() {
    return schemaSchema.optional()
  },
  get anyOf(): z.ZodOptional<z.ZodArray<typeof schemaSchema>> {
    return z.array(schemaSchema).optional()
  },
  get oneOf(): z.ZodOptional<z.ZodArray<typeof schemaSchema>> {
    return z.array(schemaSchema).optional()
  },
})

function fieldsOf({ parameters, requestBody }: Operation): ApiOperation['fields'] {
  const { properties, required } = objectSchema.parse(requestBody?.content['application/json'].schema ?? {})
  return [
    ...parameters.map(({ name, in: place, required: isNeeded, schema, description = '' }) => ({
      ...{ name, place, isNeeded, type: typeOf(schema), description },
    })),
    ...Object.entries(properties).map(([name, schema]) => ({
      ...{ name, place: 'body', isNeeded: required.includes(name) },
      ...{ type: typeOf(schema), description: schema.description ?? '' },
    })),
  ]
}

/** In a word or two, for people. */
function typeOf(value: unknown): string {
  const {
    type,
    enum: words,
    const: word,
    $ref,
    items,
    anyOf,
    oneOf,
    properties,
    required,
  } = schemaSchema.parse(value)
  if ($ref !== undefined) return nameOf($ref)
  if (words !== undefined) return words.map(String).join(', ')
  if (word !== undefined) return String(word)
  if (items !== undefined) return `list of ${typeOf(items)}`
  const choices = anyOf ?? oneOf
  if (choices !== undefined) return choices.map(typeOf).join(' or ')
  if (properties !== undefined && Object.keys(properties).length > 0) return shapeOf(properties, required)
  return Array.isArray(type) ? type.join(' or ') : (type ?? 'anything')
}

/** `{type: project, projectId, note?}`: what need not be there has a question mark. */
function shapeOf(properties: Record<string, { const?: unknown }>, required: readonly string[] = []): string {
  const fields = Object.entries(properties).map(([name, { const: word }]) => {
    const shown = required.includes(name) ? name : `${name}?`
    return word === undefined ? shown : `${shown}: ${word}`
  })
  return `{${fields.join(', ')}}`
}

function nameOf(ref: string): string {
  return ref.split('/').at(-1) ?? ref
}

const contentSchema = z.object({
  content: z.record(z.string(), z.object({ schema: z.unknown() })).optional(),
})

function answerOf({ responses }: Operation): ApiOperation['answer'] {
  const [status = '200', response] = Object.entries(responses)[0] ?? []
  const [media] = Object.entries(contentSchema.parse(response ?? {}).content ?? {})
  if (media === undefined) return { status: Number(status), holds: null }
  const [contentType, { schema }] = media
  return { status: Number(status), holds: contentType === 'application/json' ? holds(schema) : contentType }
}

/** A name of the document's, a list of one, or the names of the fields. */
function holds(schema: unknown): string {
  const { $ref } = schemaSchema.parse(schema)
  if ($ref !== undefined) return nameOf($ref)
  const { properties } = objectSchema.parse(schema)
  const { data } = properties
  if (data !== undefined && 'nextCursor' in properties) return `a page: ${typeOf(data)}`
  return Object.keys(properties).join(', ') || 'JSON'
}

/** The reference of the interface as a page of the documentation. */
export function referencePage(document: ReturnType<typeof openApi>): string {
  const operations = operationsOf(document)
  const tags = [...new Set(operations.map(({ tag }) => tag))]
  const sections = tags.map((tag) => {
    const own = operations.filter((operation) => operation.tag === tag)
    return `## ${tag}\n\n${own.map(section).join('\n')}`
  })
  return `# REST interface of the dashboard

What the [dashboard](../how-to/dashboard.md) does, for programs; [how to use it](../how-to/dashboard-api.md). Made from its routes by its
tests. The dashboard has the same as a screen, *API* in the account menu, and as OpenAPI 3.1 at \`/api/v1/openapi.json\`. Every path
begins with \`/api/v1\`.

${sections.join('\n')}`
}

function section({ method, path, summary, role, fields, answer }: ApiOperation): string {
  const who = roleInWords(role)
  const what = answer.holds === null ? '' : `: ${answer.holds}`
  const rows = fields.map(
    ({ name, place, isNeeded, type, description }) =>
      `| \`${name}\` | ${place}${isNeeded ? ', needed' : ''} | ${type.replaceAll('|', '\\|')} | ${description} |`,
  )
  const table = rows.length === 0 ? '' : `\n| name | in | type | |\n|---|---|---|---|\n${rows.join('\n')}\n`
  return `### \`${method} ${path}\`\n\n${summary}. ${who}, answers ${answer.status}${what}.\n${table}`
}
