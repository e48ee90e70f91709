import { z } from 'zod'
import type { PsqlSession } from '../connect/psql.ts'
import { literals } from '../facts/all.ts'
import {
  dataSchemas,
  extensibleSchemas,
  isManagedSchema,
  isPlatformPublication,
  isReservedRole,
  realtimePublication,
  tablesNeverRestored,
} from '../rules/platform.ts'
import { clearDefaultPrivileges } from './default-privileges.ts'
import { extensionMember, list, publicContents, relations, type Step } from './wipe-public.ts'

/** What stands in a target, as far as the wipe's queries need it by name. */
interface Inventory {
  userSchemas: string[]
  userPublications: string[]
  /** Roles whose objects are the user's: `postgres` and custom roles. */
  userRoles: string[]
  hasVault: boolean
  hasCron: boolean
}

const nameRow = z.object({ name: z.string() })
const statementRow = z.object({ statement: z.string() })

async function names(session: PsqlSession, query: string): Promise<string[]> {
  return (await session.rows(query, nameRow)).map((row) => row.name)
}

async function takeInventory(session: PsqlSession): Promise<Inventory> {
  const schemas = await names(
    session,
    `SELECT nspname AS name FROM pg_catalog.pg_namespace n WHERE nspname <> 'public' AND NOT ${extensionMember('pg_namespace', 'n.oid')}`,
  )
  const publications = await names(session, 'SELECT pubname AS name FROM pg_catalog.pg_publication')
  const roles = await names(session, 'SELECT rolname AS name FROM pg_catalog.pg_roles')
  const optional = await names(
    session,
    `SELECT name FROM unnest(ARRAY['vault.secrets', 'cron.job']) name WHERE to_regclass(name) IS NOT NULL`,
  )
  return {
    userSchemas: schemas.filter((name) => !isManagedSchema(name)),
    userPublications: publications.filter((name) => !isPlatformPublication(name)),
    userRoles: roles.filter((name) => name === 'postgres' || !isReservedRole(name)),
    hasVault: optional.includes('vault.secrets'),
    hasCron: optional.includes('cron.job'),
  }
}

/** Default privileges of the user's roles. */
function defaultPrivileges(inventory: Inventory): Step {
  return {
    what: 'default privileges',
    query: clearDefaultPrivileges(
      `pg_get_userbyid(defaclrole) IN (${list(inventory.userRoles)})
        AND (defaclnamespace = 0 OR nspname IN ('public', ${list(inventory.userSchemas)}))`,
    ),
  }
}

/**
 * Rights on schema public as a new database has them, upon which the dump's own are granted, and no comment: pg_dump,
 * told to quote all names, writes the usual one like any other.
 */
const publicPrivileges: Step = {
  what: 'privileges and comment of schema public',
  query: `SELECT statement FROM (
      SELECT 1 AS step, format('REVOKE ALL ON SCHEMA public FROM %s',
        CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END) AS statement
      FROM pg_catalog.pg_namespace, LATERAL (SELECT DISTINCT grantee FROM aclexplode(nspacl)) g
      WHERE nspname = 'public' AND grantee <> nspowner
      UNION ALL SELECT 2, 'GRANT USAGE ON SCHEMA public TO PUBLIC'
      UNION ALL SELECT 2, format('GRANT ALL ON SCHEMA public TO %I', pg_get_userbyid(nspowner))
      FROM pg_catalog.pg_namespace WHERE nspname = 'public'
      UNION ALL SELECT 2, 'COMMENT ON SCHEMA public IS NULL'
      WHERE obj_description('public'::regnamespace, 'pg_namespace') IS NOT NULL
    ) s ORDER BY step`,
}

/** The services' tables that may be emptied. */
const serviceTables = `SELECT c.oid, relkind, format('%I.%I', nspname, relname) AS name
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace
  WHERE nspname IN (${literals(dataSchemas)}) AND relkind IN ('r', 'p') AND NOT relispartition
    AND has_table_privilege(c.oid, 'TRUNCATE') AND nspname || '.' || relname NOT IN (${literals(tablesNeverRestored)})`

/**
 * Rows of the services' tables. One statement, so that foreign keys among them do not matter; and without the tables that
 * hold nothing, as most do in a new project: each costs new files for it and its indexes. The locks keep those so.
 */
const serviceRows: Step = {
  what: 'tables of auth and storage',
  lock: `SELECT 'LOCK TABLE ' || string_agg(name, ', ' ORDER BY name) AS statement FROM (${serviceTables}) t HAVING count(*) > 0`,
  query: `WITH RECURSIVE service AS (${serviceTables}), filled AS (
      SELECT oid FROM service WHERE relkind = 'p' OR pg_relation_size(oid) > 0
      UNION SELECT conrelid FROM filled JOIN pg_catalog.pg_constraint ON confrelid = filled.oid AND contype = 'f'
    )
    SELECT 'TRUNCATE ' || string_agg(name, ', ') AS statement FROM service WHERE oid IN (SELECT oid FROM filled)
    HAVING count(*) > 0`,
}

/** What a project has made of its own at the platform's publication and tables. */
function stepsOnManaged(): Step[] {
  const platformSchemas = literals(extensibleSchemas)
  return [
    {
      what: `members of ${realtimePublication}`,
      query: `SELECT format('ALTER PUBLICATION %I DROP TABLE %s', pubname, prrelid::regclass) AS statement
        FROM pg_catalog.pg_publication_rel JOIN pg_catalog.pg_publication p ON p.oid = prpubid WHERE pubname = '${realtimePublication}'
        UNION ALL SELECT format('ALTER PUBLICATION %I DROP TABLES IN SCHEMA %s', pubname, pnnspid::regnamespace)
        FROM pg_catalog.pg_publication_namespace JOIN pg_catalog.pg_publication p ON p.oid = pnpubid WHERE pubname = '${realtimePublication}'`,
    },
    {
      what: 'policies on managed tables',
      query: `SELECT format('DROP POLICY %I ON %s', polname, polrelid::regclass) AS statement
        FROM pg_catalog.pg_policy JOIN pg_catalog.pg_class c ON c.oid = polrelid
        WHERE relnamespace::regnamespace::text IN (${platformSchemas})`,
    },
    {
      what: 'triggers on managed tables',
      query: `SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass) AS statement
        FROM pg_catalog.pg_trigger JOIN pg_catalog.pg_class c ON c.oid = tgrelid JOIN pg_catalog.pg_proc p ON p.oid = tgfoid
        WHERE NOT tgisinternal AND tgparentid = 0 AND relnamespace::regnamespace::text IN (${platformSchemas})
          AND pronamespace::regnamespace::text NOT IN (${platformSchemas})`,
    },
  ]
}

function foreignSteps({ userRoles }: Inventory): Step[] {
  return [
    {
      what: 'foreign servers',
      query: `SELECT format('DROP SERVER %I CASCADE', srvname) AS statement FROM pg_catalog.pg_foreign_server s
        WHERE pg_get_userbyid(srvowner) IN (${list(userRoles)}) AND NOT ${extensionMember('pg_foreign_server', 's.oid')}`,
    },
    {
      what: 'foreign data wrappers',
      query: `SELECT format('DROP FOREIGN DATA WRAPPER %I CASCADE', fdwname) AS statement FROM pg_catalog.pg_foreign_data_wrapper w
        WHERE pg_get_userbyid(fdwowner) IN (${list(userRoles)}) AND NOT ${extensionMember('pg_foreign_data_wrapper', 'w.oid')}`,
    },
  ]
}

function steps(inventory: Inventory): Step[] {
  return [
    {
      // First, or they would fire on the drops.
      what: 'event triggers',
      query: `SELECT format('DROP EVENT TRIGGER %I', evtname) AS statement FROM pg_catalog.pg_event_trigger e
        WHERE pg_get_userbyid(evtowner) IN (${list(inventory.userRoles)}) AND NOT ${extensionMember('pg_event_trigger', 'e.oid')}`,
    },
    {
      what: 'publications',
      query: `SELECT format('DROP PUBLICATION %I', pubname) AS statement FROM pg_catalog.pg_publication
        WHERE pubname IN (${list(inventory.userPublications)})`,
    },
    ...stepsOnManaged(),
    ...foreignSteps(inventory),
    relations('relations in schemas', inventory.userSchemas),
    {
      what: 'schemas',
      query: `SELECT format('DROP SCHEMA %I CASCADE', nspname) AS statement FROM pg_catalog.pg_namespace
        WHERE nspname IN (${list(inventory.userSchemas)})`,
    },
    ...publicContents,
    serviceRows,
    {
      what: 'large objects',
      query: `SELECT format('SELECT lo_unlink(%s)', oid) AS statement FROM pg_catalog.pg_largeobject_metadata
        WHERE pg_has_role(lomowner, 'USAGE')`,
    },
    ...(inventory.hasVault
      ? [{ what: 'secrets', query: `SELECT 'DELETE FROM vault.secrets' AS statement` }]
      : []),
    ...(inventory.hasCron
      ? [
          {
            what: 'cron jobs',
            query: `SELECT format('SELECT cron.unschedule(%s)', jobid) AS statement FROM cron.job`,
          },
        ]
      : []),
    defaultPrivileges(inventory),
    publicPrivileges,
  ]
}

async function runThose(session: PsqlSession, query: string): Promise<number> {
  const statements = (await session.rows(query, statementRow)).map((row) => row.statement)
  if (statements.length > 0) await session.run(statements.map((statement) => `${statement};\n`).join(''))
  return statements.length
}

/**
 * Drops everything in schema public but what extensions put there, and takes its privileges back to a new database's.
 * @returns how many objects
 */
export async function wipePublic(session: PsqlSession): Promise<number> {
  let dropped = 0
  for (const step of publicContents) dropped += await runThose(session, step.query)
  await runThose(session, publicPrivileges.query)
  return dropped
}

/**
 * Empties the target of everything a restore brings, inside the session's transaction, in the order in which nothing
 * stands in the way of the next step. Extensions, roles and all that the platform owns stay.
 * @param atomic whether there is a transaction around it
 * @returns how many statements each step took
 */
export async function wipe(session: PsqlSession, atomic: boolean): Promise<Map<string, number>> {
  const done = new Map<string, number>()
  for (const step of steps(await takeInventory(session))) {
    if (step.lock !== undefined && atomic) await runThose(session, step.lock)
    const statements = await runThose(session, step.query)
    if (statements > 0) done.set(step.what, statements)
  }
  return done
}
