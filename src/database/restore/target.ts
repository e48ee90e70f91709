import type pg from 'pg'
import { z } from 'zod'
import { connect, type DatabaseConnection } from '../connect/connection.ts'
import type { PsqlSession } from '../connect/psql.ts'
import { databaseError } from '../connect/query-errors.ts'
import {
  describeServer,
  extensions,
  literals,
  managedColumns,
  managedObjects,
  presentRelations,
  readFact,
  type Server,
} from '../facts/all.ts'
import { dataSchemas } from '../rules/platform.ts'
import { type RoleBelongings, readBelongings } from './only-at-target.ts'
import type { ManagedColumn } from './service-rows.ts'

const phase = 'database/preflight'

/** What a restore has to know of the target before it begins. */
export interface Target {
  server: Server
  /** The role the restore works as. */
  user: string
  superuser: boolean
  columns: ManagedColumn[]
  /** What stands under a name in auth or storage that the role may not empty and fill, `schema.table`. */
  closed: ReadonlySet<string>
  installed: Extension[]
  /** Names of extensions the server could create. */
  available: ReadonlySet<string>
  /** In which versions. */
  offered: ReadonlyMap<string, string>
  schemas: ReadonlySet<string>
  /** Names of the user's objects in schemas of the platform. */
  amongPlatforms: ReadonlySet<string>
  roles: ReadonlySet<string>
  belongings: RoleBelongings
  database: string
}

export type Extension = z.infer<(typeof extensions)['row']>

const aboutRow = z.object({
  user: z.string(),
  superuser: z.boolean(),
  offered: z.array(z.object({ name: z.string(), version: z.string() })),
  schemas: z.array(z.string()),
  roles: z.array(z.string()),
  database: z.string(),
  closed: z.array(z.string()),
})

/** The target's server with the relations it has by now: an extension made by the restore brings some. */
export async function lookAgain(session: PsqlSession, { server }: Target): Promise<Server> {
  const [row] = await session.rows(
    `SELECT ${presentRelations} AS relations`,
    z.object({ relations: z.array(z.string()) }),
  )
  return { ...server, relations: new Set(row?.relations) }
}

/** Names of the user's objects in schemas of the platform, `function auth.tenant_id()`. */
export async function namesAmongPlatforms(client: pg.Client, server: Server): Promise<Set<string>> {
  const objects = await Array.fromAsync(readFact(client, managedObjects, server))
  return new Set(objects.map(({ name }) => name))
}

/** Reads what stands in a target, changing nothing. */
export async function inspectTarget(connection: DatabaseConnection): Promise<Target> {
  const client = await connect(connection, phase)
  try {
    await client.query('begin isolation level repeatable read, read only')
    const server = await describeServer(client)
    const { rows } = await client.query(
      `select current_user::text as user, (select rolsuper from pg_roles where rolname = current_user) as superuser,
        (select coalesce(jsonb_agg(jsonb_build_object('name', name, 'version', coalesce(default_version, ''))), '[]')
          from pg_available_extensions) as offered,
        array(select nspname::text from pg_namespace) as schemas,
        array(select rolname::text from pg_roles) as roles, current_database()::text as database,
        array(select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where n.nspname in (${literals(dataSchemas)}) and case when c.relkind in ('r', 'p')
            then not has_table_privilege(c.oid, 'INSERT') or not (c.relispartition or has_table_privilege(c.oid, 'TRUNCATE'))
            else c.relkind in ('v', 'm', 'f') end) as closed`,
    )
    const about = aboutRow.parse(rows[0])
    return {
      server,
      user: about.user,
      superuser: about.superuser,
      columns: await Array.fromAsync(readFact(client, managedColumns, server)),
      installed: await Array.fromAsync(readFact(client, extensions, server)),
      amongPlatforms: await namesAmongPlatforms(client, server),
      available: new Set(about.offered.map(({ name }) => name)),
      offered: new Map(about.offered.map(({ name, version }) => [name, version])),
      schemas: new Set(about.schemas),
      roles: new Set(about.roles),
      belongings: await readBelongings(client, server),
      database: about.database,
      closed: new Set(about.closed),
    }
  } catch (error) {
    throw databaseError(error, phase)
  } finally {
    await client.end()
  }
}
