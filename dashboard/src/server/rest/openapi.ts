import { z } from 'zod'
import { problemSchema } from './problems.ts'
import { mostRequests } from './rate-limit.ts'
import type { Route } from './route.ts'
import { eventSchema } from './shapes.ts'

type Json = Record<string, unknown>

/** The whole interface as OpenAPI 3.1, made of the same schemas that requests and answers are checked by. */
export function openApi(routes: readonly Route[]) {
  const components: Json = {}
  const schemaOf = (schema: z.ZodType, io: 'input' | 'output') => hoisted(schema, io, components)
  const paths: Record<string, Record<string, Operation>> = {}
  for (const route of routes)
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route, schemaOf) }
  for (const schema of [problemSchema, eventSchema]) schemaOf(schema, 'output')
  return {
    openapi: '3.1.0',
    info: {
      title: 'Backups of Supabase projects',
      version: '1',
      description: 'What the dashboard does, for programs. Errors are problems by RFC 9457.',
    },
    servers: [{ url: '/api/v1' }],
    security: [{ token: [] }],
    paths,
    components: {
      schemas: components,
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      responses: {
        Problem: {
          description: 'What went wrong, and what to do',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
      headers: {
        'RateLimit-Policy': {
          description: 'How many requests in how many seconds',
          schema: { type: 'string' },
        },
        RateLimit: { description: `How many of ${mostRequests} are left`, schema: { type: 'string' } },
      },
    },
  }
}

type SchemaOf = (schema: z.ZodType, io: 'input' | 'output') => unknown

interface Parameter {
  name: string
  in: string
  required: boolean
  description?: string
  schema: Json
}

export interface Operation {
  operationId: string
  tags: string[]
  summary: string
  'x-role': Route['access']
  security?: []
  parameters: Parameter[]
  requestBody?: { required: boolean; content: { 'application/json': { schema: unknown } } }
  responses: Record<string, Json>
}

function operationOf(route: Route, schemaOf: SchemaOf): Operation {
  const { id, tag, summary, access, method, body } = route
  return {
    operationId: id,
    tags: [tag],
    summary,
    'x-role': access,
    ...(access === 'everybody' && { security: [] }),
    parameters: [
      ...parametersOf(route.params, 'path', schemaOf),
      ...parametersOf(route.query, 'query', schemaOf),
      ...(method === 'POST' ? [idempotencyKey] : []),
    ],
    ...(!(body instanceof z.ZodVoid) && {
      requestBody: {
        required: !body.safeParse(undefined).success,
        content: { 'application/json': { schema: schemaOf(body, 'input') } },
      },
    }),
    responses: {
      [route.status]: successOf(route, schemaOf),
      default: { $ref: '#/components/responses/Problem' },
    },
  }
}

function successOf(route: Route, schemaOf: SchemaOf): Json {
  const { output, contentType, hasLocation, status } = route
  const limits = Object.fromEntries(
    ['RateLimit-Policy', 'RateLimit'].map((name) => [name, { $ref: `#/components/headers/${name}` }]),
  )
  const location = { Location: { description: 'Where it is found', schema: { type: 'string' } } }
  return {
    description: status === 202 ? 'It has begun' : status === 204 ? 'It is done' : 'The answer',
    headers: { ...limits, ...(hasLocation ? location : {}) },
    ...(contentType !== undefined && { content: { [contentType]: { schema: { type: 'string' } } } }),
    ...(!(output instanceof z.ZodVoid) && {
      content: { 'application/json': { schema: schemaOf(output, 'output') } },
    }),
  }
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'Sent again with the same key within a day, the request is answered and not done again',
  schema: { type: 'string', minLength: 1, maxLength: 200 },
}

/** Names, types and descriptions of an object's fields, as JSON Schema says them. */
export const objectSchema = z.object({
  properties: z.record(z.string(), z.looseObject({ description: z.string().optional() })).default({}),
  required: z.array(z.string()).default([]),
})

function parametersOf(schema: z.ZodObject, place: 'path' | 'query', schemaOf: SchemaOf): Parameter[] {
  const { properties, required } = objectSchema.parse(schemaOf(schema, 'input'))
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema: rest,
  }))
}

const convertedSchema = z.looseObject({ $defs: z.record(z.string(), z.unknown()).optional() })

/** A schema as JSON, those with names of their own moved to the document's components. */
function hoisted(schema: z.ZodType, io: 'input' | 'output', components: Json): unknown {
  const {
    $schema: _,
    $defs = {},
    ...rest
  } = convertedSchema.parse(z.toJSONSchema(schema, { io, override: withoutBounds }))
  Object.assign(components, pointed($defs))
  return pointed(rest)
}

/** That a number can be written exactly need not be said of each. */
function withoutBounds({ jsonSchema }: { jsonSchema: { minimum?: number; maximum?: number } }): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
}

function pointed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pointed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === '$ref' && typeof inner === 'string'
        ? inner.replace('#/$defs/', '#/components/schemas/')
        : pointed(inner),
    ]),
  )
}
