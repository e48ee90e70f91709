import { z } from 'zod'
import { BackupError } from '../../common/errors.ts'
import type { DatabaseConnection } from '../connect/connection.ts'
import type { PsqlSession } from '../connect/psql.ts'
import { type Lacks, leaveOutFlag } from '../connect/psql-errors.ts'
import type { Extension, Target } from '../restore/target.ts'
import { quoteName } from '../sql/statements.ts'
import type { ContentsEntry } from './contents.ts'
import { describeOlder, type OlderExtension, olderAt } from './extension-versions.ts'
import { isManagedSchema } from './platform.ts'
import { withSuperuser } from './privileged.ts'
import type { Decision } from './rules.ts'

export interface ExtensionPlan {
  /** Installed on the target in another schema than recorded. */
  move: Extension[]
  /** To be created. */
  create: Extension[]
  /** Not to be had on the target, and nothing that is restored is made of them. */
  missing: Extension[]
  /** Of those that what is restored is made of, the ones that the target has or offers in an older version. */
  older: OlderExtension[]
}

/** What the target lacks of extensions, for who explains why a statement failed there. */
export function lacksOf({ missing, older }: Pick<ExtensionPlan, 'missing' | 'older'>): Lacks {
  return { absent: missing.map(({ name }) => name), older: older.map(describeOlder) }
}

/** Names of the extensions that tables, functions, … which are restored are made of. */
export function neededExtensions(decisions: readonly Decision[]): string[] {
  const needed = new Set(
    decisions
      .filter(({ action, entry }) => action !== 'drop' && entry.desc !== 'COMMENT')
      .flatMap(({ entry }) => entry.dependencies),
  )
  return decisions
    .filter(({ entry }) => entry.desc === 'EXTENSION' && needed.has(entry.dumpId))
    .map(({ entry }) => entry.tag)
}

/**
 * Compares the recorded extensions with the target's.
 * @param decisions about the dump's entries, whose dependencies tell which extensions they are made of
 * @throws BackupError when one is not available that tables, functions, ... are made of
 */
export function planExtensions(
  recorded: readonly Extension[],
  target: Target,
  decisions: readonly Decision[],
): ExtensionPlan {
  const refused: Extension[] = []
  const needed = neededExtensions(decisions)
  const isNeeded = ({ name }: Extension) => needed.includes(name)
  const plan: ExtensionPlan = {
    ...{ move: [], create: [], missing: [] },
    older: olderAt(recorded.filter(isNeeded), target),
  }
  for (const extension of recorded) {
    const installed = target.installed.find((each) => each.name === extension.name)
    if (installed && installed.schema !== extension.schema) plan.move.push(extension)
    else if (!installed && target.available.has(extension.name)) plan.create.push(extension)
    else if (!installed && !isNeeded(extension)) plan.missing.push(extension)
    else if (!installed) refused.push(extension)
  }
  if (refused.length > 0)
    throw extensionsMissing(
      refused.map(({ name, version }) => `${name} ${version}`),
      refused.map(({ name }) => `EXTENSION ${name}`),
    )
  return plan
}

/**
 * The refusal of a target that lacks extensions.
 * @param needs what is needed, for people
 * @param entries of the dump that have to be left out for the rest to be restored
 */
export function extensionsMissing(needs: readonly string[], entries: readonly string[]): BackupError {
  return new BackupError({
    code: 'TARGET_EXTENSIONS_MISSING',
    message: 'The target cannot create extensions the backup’s tables and functions are made of.',
    detail: needs.join(', '),
    suggestion: `Restore into a project (or install the packages on a server) that offers these extensions. To restore everything but what is made of them, give the same command with ${entries.map(leaveOutFlag).join(' ')}.`,
    phase: 'database/preflight',
  })
}

/**
 * Moves extensions into the schema recorded; inside the transaction, after the schemas exist.
 * @param as.superuser of a sandbox, where postgres does not own what extensions are made of
 * @returns names of those that were moved as superuser
 */
export async function moveExtensions(
  session: PsqlSession,
  { move }: ExtensionPlan,
  as: { user: string; superuser: DatabaseConnection | undefined },
): Promise<string[]> {
  if (move.length === 0) return []
  const statements = move.map(
    ({ name, schema }) => `ALTER EXTENSION ${quoteName(name)} SET SCHEMA ${quoteName(schema)};\n`,
  )
  const work = () => session.run(statements.join(''))
  if (!as.superuser) {
    await work()
    return []
  }
  await withSuperuser(as.superuser, session, as.user, work)
  return move.map(({ name, schema }) => `EXTENSION ${name} SET SCHEMA ${schema}`)
}

const installedRow = z.object({ name: z.string() })

/**
 * Makes the schemas of the platform's extensions that only CREATE EXTENSION without a schema would make, and finds those that
 * need not be made: the platform runs scripts of its own around CREATE EXTENSION, also where IF NOT EXISTS finds one there,
 * and that of pgmq then fails.
 * @param entries among others of extensions, to be restored
 * @returns those that are there
 */
export async function readyForExtensions(
  session: PsqlSession,
  entries: readonly ContentsEntry[],
  recorded: readonly Extension[],
): Promise<ContentsEntry[]> {
  const wanted = entries.filter(({ desc }) => desc === 'EXTENSION')
  if (wanted.length === 0) return []
  const rows = await session.rows('SELECT extname::text AS name FROM pg_catalog.pg_extension', installedRow)
  const there = new Set(rows.map(({ name }) => name))
  const names = new Set(wanted.map(({ tag }) => tag).filter((name) => !there.has(name)))
  const schemas = recorded.filter(({ name, schema }) => names.has(name) && isMadeByExtension(schema))
  await session.run(
    schemas.map(({ schema }) => `CREATE SCHEMA IF NOT EXISTS ${quoteName(schema)};\n`).join(''),
  )
  return wanted.filter(({ tag }) => there.has(tag))
}

/** A schema that no entry of a dump makes: others of the user's are restored. */
function isMadeByExtension(schema: string): boolean {
  return isManagedSchema(schema) && !schema.startsWith('pg_')
}

/** Schemas that extensions make for their functions, beside the one they are created in. */
const ownSchemas: Record<string, string> = { pg_cron: 'cron', pg_net: 'net', supabase_vault: 'vault' }

/** The target's schemas once the extensions that the restore creates are there. */
export function schemasOnceCreated(
  schemas: ReadonlySet<string>,
  { create }: Pick<ExtensionPlan, 'create'>,
): Set<string> {
  return new Set([...schemas, ...create.flatMap(({ name }) => ownSchemas[name] ?? [])])
}
