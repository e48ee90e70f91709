import { z } from 'zod'

const jsonSchema = z.record(z.string(), z.unknown())
const contentSchema = z.record(z.string(), z.object({ schema: jsonSchema }))
const operationSchema = z.object({
  operationId: z.string(),
  'x-role': z.enum(['everybody', 'viewer', 'operator', 'admin']),
  parameters: z.array(z.object({ name: z.string(), in: z.string(), required: z.boolean() })),
  requestBody: z.object({ required: z.boolean(), content: contentSchema }).optional(),
  responses: z.record(z.string(), z.object({ content: contentSchema.optional() })),
})
const documentSchema = z.object({
  openapi: z.literal('3.1.0'),
  servers: z.tuple([z.object({ url: z.string() })]),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.object({ schemas: z.record(z.string(), jsonSchema) }),
})

export interface Operation {
  id: string
  method: string
  path: string
  role: 'everybody' | 'viewer' | 'operator' | 'admin'
}

export interface Call {
  params?: Record<string, string>
  query?: Record<string, string | number>
  body?: unknown
  headers?: Record<string, string>
}

export interface RestAnswer {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: it was checked by the document's own schema, which has no type.
  body: any
}

/** A client made of an OpenAPI document alone. Each answer is checked by the schema that the document has for it. */
export function restClient(document: unknown, send: (request: Request) => Promise<Response>) {
  const { servers, paths, components } = documentSchema.parse(document)
  const found = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      id: operation.operationId,
      method: method.toUpperCase(),
      ...{ path, role: operation['x-role'], operation },
    })),
  )
  const check = (schema: Record<string, unknown>, value: unknown) =>
    z.fromJSONSchema(JSON.parse(localRefs({ ...schema, $defs: components.schemas }))).parse(value)

  return {
    operations: found.map(({ id, method, path, role }): Operation => ({ id, method, path, role })),
    /** Without reading the answer: a stream. */
    open(id: string, call: Call = {}): Promise<Response> {
      const operation = found.find((one) => one.id === id)
      if (operation === undefined) throw new Error(`There is no operation ${id}.`)
      const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
        encodeURIComponent(call.params?.[name] ?? ''),
      )
      const query = new URLSearchParams(Object.entries(call.query ?? {}).map(([k, v]) => [k, String(v)]))
      const hasBody = call.body !== undefined
      return send(
        new Request(`http://127.0.0.1:4317${servers[0].url}${path}?${query}`, {
          method: operation.method,
          headers: { ...(hasBody && { 'content-type': 'application/json' }), ...call.headers },
          ...(hasBody && { body: JSON.stringify(call.body) }),
        }),
      )
    },
    async call(id: string, call: Call = {}): Promise<RestAnswer> {
      const response = await this.open(id, call)
      const { status, headers } = response
      const text = await response.text()
      const isJson = headers.get('content-type')?.includes('json') ?? false
      const body: unknown = isJson ? JSON.parse(text) : text === '' ? undefined : text
      if (!response.ok) {
        if (headers.get('content-type') !== 'application/problem+json') throw new Error(`${id}: ${text}`)
        check({ $ref: '#/components/schemas/Problem' }, body)
        return { status, headers, body }
      }
      const schema = found.find((one) => one.id === id)?.operation.responses[status]?.content?.[
        'application/json'
      ]?.schema
      if (schema === undefined && isJson) throw new Error(`${id}: nothing says what it answers with.`)
      if (schema !== undefined) check(schema, body)
      return { status, headers, body }
    },
  }
}

function localRefs(schema: unknown): string {
  return JSON.stringify(schema).replaceAll('#/components/schemas/', '#/$defs/')
}
