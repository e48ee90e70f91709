import { z } from 'zod'
import type { ProjectRoutes } from './routes.ts'
import { holdsSecret } from './secrets.ts'

/** Settings by their names within a part. Null is what nobody has set. */
export type Values = Record<string, unknown>

/** What a route told of a project's settings. */
export interface PartState {
  /** Those that this version knows, without secrets. */
  values: Values
  /** Secrets that are set. */
  secrets: string[]
  /** Fields of the answer that this version does not know. */
  unknown: string[]
  /** Fields that the answer should have had. */
  missing: string[]
}

/** One route of the API that tells settings. */
export interface Part {
  /** Stands before the name of each of its settings: `auth.site_url`. */
  readonly name: string
  /** Below the project's path. */
  readonly route: string
  /** What an access token needs for it, in the words of the API's description. */
  readonly permission: { read: string; write?: string }
  /** Statuses of an answer that say that the project has nothing of it. */
  readonly absent?: readonly number[]
  /** That an answer has all of its settings, those that nobody has set as null: one that it lacks is not known. */
  readonly complete?: boolean
  /** @throws ZodError where the answer has another shape than any version of it */
  take(answer: unknown): PartState
  /** How they are set; undefined of those that can only be read, and are set by hand. */
  readonly writer?: PartWriter
  /** That no API sets them, but whoever keeps the file that they are in: told to him as lines for it. */
  readonly byHand?: true
  /** That it may cut off the way to the project, so that it is written when nothing is left to be done there. */
  readonly cutsOff?: true
}

export interface PartWriter {
  /**
   * @param changes the settings to be set; null takes one back to nothing
   * @param current all of the target's, as they are
   * @throws HttpError; nothing is set then, or a part of the changes
   */
  set(routes: ProjectRoutes, changes: Values, current: Values): Promise<void>
  /** Whether the API has a way to take a setting back to nothing. */
  canUnset(field: string): boolean
}

const objectSchema = z.record(z.string(), z.unknown())

/** An object's fields, those of objects within it with a dot between: `features.s3Protocol.enabled`. */
function flatten(value: unknown, prefix = ''): Values {
  return Object.fromEntries(
    Object.entries(objectSchema.parse(value)).flatMap(([name, inner]) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.entries(flatten(inner, `${prefix}${name}.`))
        : [[`${prefix}${name}`, inner]],
    ),
  )
}

/** The other way round. */
export function nest(values: Values): Values {
  const whole: Values = {}
  for (const [path, value] of Object.entries(values)) {
    const names = path.split('.')
    const last = names.pop() ?? ''
    let place = whole
    for (const name of names) {
      const inner = objectSchema.safeParse(place[name]).data ?? {}
      place[name] = inner
      place = inner
    }
    place[last] = value
  }
  return whole
}

/** Divides fields into what is kept and the names of secrets that are set. */
export function withoutSecrets(fields: Values): Pick<PartState, 'values' | 'secrets'> {
  const values: Values = {}
  const secrets: string[] = []
  for (const [name, value] of Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    if (!holdsSecret(name, value)) values[name] = value
    else if (value !== null && value !== '') secrets.push(name)
  return { values, secrets }
}

export interface FieldsPart extends Pick<Part, 'name' | 'route' | 'permission' | 'absent' | 'cutsOff'> {
  /** The settings that can be written: what the description lets into the route's request. */
  fields: readonly string[]
  /** What an answer has besides, or may have. */
  readOnly?: readonly string[]
  /** Whether an answer always has all of them. */
  complete: boolean
  /** The object of the answer that holds them. */
  within?(answer: unknown): unknown
}

/** A part whose settings are the fields of an object. */
export function fieldsPart(options: FieldsPart, writer?: PartWriter): Part {
  const { fields, readOnly = [], complete, within = (answer) => answer, ...part } = options
  const known = new Set(fields)
  const isReadOnly = (name: string) =>
    readOnly.some((field) => name === field || name.startsWith(`${field}.`))
  return {
    ...{ ...part, complete },
    ...(writer && { writer }),
    take(answer) {
      const all = flatten(within(answer))
      const names = Object.keys(all)
      return {
        ...withoutSecrets(Object.fromEntries(Object.entries(all).filter(([name]) => known.has(name)))),
        unknown: names.filter((name) => !known.has(name) && !isReadOnly(name)).toSorted(),
        missing: complete ? fields.filter((name) => !(name in all)) : [],
      }
    },
  }
}
