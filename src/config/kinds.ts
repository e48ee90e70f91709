import { z } from 'zod'

/** What is known of a kind of value beyond its check: how the reference names it, and how it is treated. */
export interface Kind {
  /** As the reference page says it, e.g. `whole number, 1 to 100`. */
  type: string
  /** Never shown, logged or put in argv. */
  secret?: true
  /** A leading `~` or `$HOME` is expanded, in the one path or in each of many. */
  path?: 'one' | 'many'
}

/** Which kind a value's schema is of; `kindOf` finds it through `.optional()` and `.prefault()`. */
const kinds = z.registry<Kind>()

function ofKind<Schema extends z.ZodType>(schema: Schema, kind: Kind): Schema {
  kinds.add(schema, kind)
  return schema
}

/** The kind of a variable's schema. */
export function kindOf(schema: z.ZodType): Kind {
  let inner: unknown = schema
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodPrefault) inner = inner.unwrap()
  const kind = inner instanceof z.ZodType ? kinds.get(inner) : undefined
  if (kind === undefined) throw new TypeError('A variable was not made by one of the functions in kinds.ts')
  return kind
}

/** The default of a variable's schema as it would stand in the env file. */
export function defaultOf(schema: z.ZodType): string | undefined {
  return schema instanceof z.ZodPrefault ? String(schema.def.defaultValue) : undefined
}

/** Any text, or text of one pattern; the complaint completes `NAME …`. */
export function text(pattern = /^/, complaint = 'is not valid') {
  return ofKind(z.string().regex(pattern, complaint), { type: 'text' })
}

export function secret() {
  return ofKind(z.string(), { type: 'secret', secret: true })
}

const visible = /^[^\p{Cc}]*$/u
const controlCharacter = 'must not hold a line break or another control character'

/**
 * Names beside a directory are made by adding to its last one, and the longest file of an object needs 3,300 bytes below it
 * (src/storage/api/keys.ts); a file system takes 255 bytes for a name and 4,095 for a path.
 */
const longest = { name: 200, path: 700 }
const tooLong = `must be of at most ${longest.path} bytes, with no name in it of more than ${longest.name}`

function isShort(value: string): boolean {
  const names = value.split('/').map((name) => Buffer.byteLength(name))
  return Buffer.byteLength(value) <= longest.path && Math.max(...names) <= longest.name
}

/** A file or directory of this machine, but not the root of them all. */
export function path() {
  const check = z
    .string()
    .startsWith('/', 'must be an absolute path, or begin with ~/ or $HOME/')
    .regex(visible, controlCharacter)
    .refine((value) => !/^\/+(\.{1,2}\/*)*$/.test(value), 'must not be the root directory')
    .refine(isShort, tooLong)
  return ofKind(check, { type: 'path', path: 'one' })
}

/** The characters of a project's name; see `projectNameProblem` for all of the rule. */
export function projectName() {
  const check = z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
      'may hold letters, digits, dots, dashes and underscores, and begins with a letter or digit',
    )
  return ofKind(check, { type: 'text' })
}

/** A Borg repository: a path of this machine, `ssh://user@host/path`, or `user@host:path`. */
export function repository() {
  const check = z
    .string()
    .regex(/^\/|^[a-z]+:\/\/|^[^/]+:/, 'must be an absolute path or ssh://user@host/path')
    .regex(visible, controlCharacter)
  return ofKind(check, { type: 'path or ssh:// address', path: 'one' })
}

/** Several repositories, separated by spaces. */
export function repositories() {
  const check = z.string().regex(/^((\/|[a-z]+:\/\/|[^/\s]+:)\S*)(\s+(\/|[a-z]+:\/\/|[^/\s]+:)\S*)*$/, {
    error: 'must be absolute paths or ssh://user@host/path addresses, separated by spaces',
  })
  return ofKind(check, { type: 'paths or ssh:// addresses, separated by spaces', path: 'many' })
}

export function webAddress() {
  return ofKind(z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' }), {
    type: 'http(s) address',
  })
}

/** A web address that is itself a credential, such as a webhook's. */
export function secretWebAddress() {
  return ofKind(z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' }), {
    type: 'http(s) address, secret',
    secret: true,
  })
}

/** A PostgreSQL connection string: it carries the password. */
export function databaseAddress() {
  return ofKind(z.string().regex(/^postgres(ql)?:\/\//, 'must begin with postgresql://'), {
    type: 'connection string, secret',
    secret: true,
  })
}

/** A mail server's address: it carries the password. */
export function mailServer() {
  const check = z.url({ protocol: /^smtps?$/, error: 'must be an smtp:// or smtps:// address' })
  return ofKind(check, { type: 'smtp(s) address, secret', secret: true })
}

export function wholeNumber(least: number, most: number) {
  const complaint = `must be a whole number from ${least} to ${most}`
  const check = z
    .string()
    .regex(/^\d+$/, complaint)
    .transform(Number)
    .pipe(z.number().min(least, complaint).max(most, complaint))
  return ofKind(check, { type: `whole number, ${least} to ${most}` })
}

const unitBytes: Record<string, number> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 }

/** A size such as `500M` or `2G`; becomes bytes. */
export function size() {
  const check = z
    .string()
    .regex(/^\d+(\.\d+)?[KMGT]?$/, 'must be a number of bytes, or one with K, M, G or T')
    .transform((value) => {
      const unit = /[KMGT]$/.exec(value)?.[0] ?? ''
      return Math.round(Number.parseFloat(value) * (unitBytes[unit] ?? 1))
    })
  return ofKind(check, { type: 'size, e.g. 500M or 2G' })
}

const unitSeconds: Record<string, number> = { m: 60, h: 3600, d: 86_400 }

/** A time span such as `90m`, `26h` or `8d`; becomes seconds. */
export function duration() {
  const check = z
    .string()
    .regex(/^\d+[mhd]$/, 'must be a whole number followed by m (minutes), h (hours) or d (days)')
    .transform((value) => Number.parseInt(value, 10) * (unitSeconds[value.slice(-1)] ?? 1))
  return ofKind(check, { type: 'time span, e.g. 26h or 8d' })
}

/** `true` or `false`. */
export function flag() {
  const check = z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true')
  return ofKind(check, { type: 'true or false' })
}

export function choice<const Choices extends readonly [string, ...string[]]>(choices: Choices) {
  return ofKind(z.enum(choices, `must be one of ${choices.join(', ')}`), { type: choices.join(', ') })
}

/** Words separated by commas or spaces; becomes a list. */
export function words() {
  const check = z.string().transform((value) => value.split(/[\s,]+/).filter((word) => word !== ''))
  return ofKind(check, { type: 'words, separated by commas or spaces' })
}
