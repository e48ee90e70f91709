import { z } from 'zod'
import type { App } from '../app.ts'
import type { Principal } from '../auth/principal.ts'
import type { Access, Reach } from '../auth/roles.ts'
import type { Origin } from '../auth/sessions.ts'

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'

/** Who asks. */
export interface RestContext {
  app: App
  principal: Principal | undefined
  origin: Origin
  /** Whether whoever asked still may: a stream may outlast a token. */
  isStillIn: () => boolean
  /** The event that a stream was read up to before; 0 at first. */
  lastEventId: number
  /** Adds to what the audit says of this request, such as `before` and `after`, and never a secret. */
  note: (details: Record<string, unknown>, about?: string) => void
}

/** A request's parts as they came, before any schema. */
export interface RawInput {
  params: Record<string, string>
  query: Record<string, string>
  body: unknown
}

type Answer = { value: unknown; location?: string } | { response: Response }

/** What a route is, as routing, OpenAPI, the reference and the tests read it. */
interface RouteFacts {
  method: Method
  /** Below `/api/v1`, with `{names}` of its parameters. */
  path: string
  /** A verb and a noun, unique: generated clients name their calls so. */
  id: string
  /** The noun that it stands under in the reference. */
  tag: string
  access: Exclude<Access, 'person'>
  /** Without it: of a project where its path names one, else everywhere. See `services/labels.ts`. */
  reach?: Reach
  /** What the audit calls it; every route but those of GET has one. */
  action?: string
  summary: string
  status: 200 | 201 | 202 | 204
  /** Of an answer that is no JSON. */
  contentType?: string
}

export interface Route extends RouteFacts {
  params: z.ZodObject
  query: z.ZodObject
  body: z.ZodType
  /** `nothing` where no JSON comes back. */
  output: z.ZodType
  hasLocation: boolean
  run(raw: RawInput, context: RestContext): Promise<Answer>
}

/** For a route that takes or gives nothing of a kind. */
export const nothing = z.void()
export const noFields = z.object({})

interface Schemas<Params, Query, Body> {
  params: Params
  query: Query
  body: Body
}
type Input<Params, Query, Body> = Schemas<z.output<Params>, z.output<Query>, z.output<Body>>

/** Describes a route whose answer is JSON: what it takes is checked before its handler, and only what its output names goes out. */
export function route<
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Value extends z.ZodType,
>(
  definition: RouteFacts &
    Schemas<Params, Query, Body> & {
      output: Value
      /** Where what was made or begun is found, below `/api/v1`. */
      location?: (value: z.output<Value>, params: z.output<Params>) => string
      handle: (
        input: Input<Params, Query, Body>,
        context: RestContext,
      ) => z.input<Value> | Promise<z.input<Value>>
    },
): Route {
  const { handle, location, ...facts } = definition
  return {
    ...facts,
    hasLocation: location !== undefined,
    async run(raw, context) {
      const input = parseInput(definition, raw)
      const value = definition.output.parse(await handle(input, context))
      return location === undefined ? { value } : { value, location: location(value, input.params) }
    },
  }
}

/** Describes a route whose answer is a stream or a file. */
export function rawRoute<Params extends z.ZodObject, Query extends z.ZodObject>(
  definition: Omit<RouteFacts, 'status'> & {
    params: Params
    query: Query
    contentType: string
    handle: (
      input: Omit<Input<Params, Query, typeof nothing>, 'body'>,
      context: RestContext,
    ) => Response | Promise<Response>
  },
): Route {
  const { handle, ...facts } = definition
  const schemas = { params: definition.params, query: definition.query, body: nothing }
  return {
    ...{ ...facts, ...schemas, output: nothing, status: 200, hasLocation: false },
    run: async (raw, context) => ({ response: await handle(parseInput(schemas, raw), context) }),
  }
}

/** @throws z.ZodError */
function parseInput<Params extends z.ZodObject, Query extends z.ZodObject, Body extends z.ZodType>(
  { params, query, body }: Schemas<Params, Query, Body>,
  raw: RawInput,
): Input<Params, Query, Body> {
  // A misspelt filter that is passed over would answer another question.
  query.strict().parse(raw.query)
  return {
    params: params.parse(raw.params),
    query: query.parse(raw.query),
    body: body.parse(raw.body),
  }
}
