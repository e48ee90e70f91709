import { z } from 'zod'
import { silentLog } from '../common/log.ts'
import type { Config } from '../config/config.ts'
import { findClients } from '../database/connect/clients.ts'
import { connect, type DatabaseConnection } from '../database/connect/connection.ts'
import { managedSchemaSql } from '../database/rules/platform.ts'
import { type Condition, failedCondition } from '../preflight/condition.ts'
import { openOriginBriefly } from '../project/project.ts'
import { isConfigured, settingsWith } from '../project/settings.ts'
import { findDrillImage } from './image.ts'
import { olderHere } from './packages.ts'
import { type DrillNeeds, findDrillServer } from './server.ts'

const phase = 'check/drill'
const subject = 'drill'
const needsRow = z.object({
  major: z.number(),
  extensions: z.array(z.object({ name: z.string(), version: z.string() })),
  needed: z.array(z.string()),
})

/**
 * Could a backup of the project be drilled: in the test project, in the container image, or on a server that this machine has programs of?
 * Says nothing of a database that cannot be reached or dumped, which `checkDatabase` tells.
 */
export async function checkDrill(config: Config): Promise<Condition[]> {
  if (isConfigured(settingsWith('TEST_SUPABASE', config)))
    return [{ status: 'OK', subject, text: 'Drills go into the test project.' }]
  const needs = await readNeeds(config).catch(() => undefined)
  if (needs === undefined) return []
  try {
    const name = config.DRILL_IMAGE
    const image = await findDrillImage({ config, log: silentLog, fetch: true })
    const server = await findDrillServer(needs, image)
    const where = name ? `the container image ${name}` : 'this machine'
    const text = `Drills run on PostgreSQL ${server.major} of ${where}.`
    if (server.older.length === 0) return [{ status: 'OK', subject, text }]
    const { message, remedy } = await olderHere(needs.major, server)
    return [{ status: 'WARN', subject, text: `${text} ${message}`, remedy }]
  } catch (error) {
    // Backups do without.
    return [{ ...failedCondition(subject, error), status: 'WARN' }]
  }
}

async function readNeeds(config: Config): Promise<DrillNeeds | undefined> {
  const connection = openOriginBriefly(config).database
  if (connection === undefined) return undefined
  const needs = await askNeeds(connection)
  const clients = await findClients({
    serverMajor: needs.major,
    pgBinDir: config.PG_BIN_DIR,
    pgImage: config.PG_IMAGE,
    runDirectory: config.RUN_DIRECTORY,
    environment: config.environment,
    log: silentLog,
    phase,
  })
  await clients.close()
  return { ...needs, newestMajor: clients.major }
}

/** SQL: the schema of the object itself or of its table; the name of one that is in no schema. */
const schemaOrName = '(pg_catalog.pg_identify_object_as_address(classid, objid, objsubid)).object_names[1]'

/** The extensions of a database, and those that objects outside of the platform's schemas depend on. */
async function askNeeds(connection: DatabaseConnection): Promise<DrillNeeds> {
  const client = await connect(connection, phase)
  const { rows } = await client
    .query(
      `with member as (
         select classid, objid, refobjid as extension from pg_catalog.pg_depend
         where deptype = 'e' and refclassid = 'pg_catalog.pg_extension'::regclass
       ), dependent as (
         select distinct member.extension, d.classid, d.objid, d.objsubid
         from member join pg_catalog.pg_depend d on d.refclassid = member.classid and d.refobjid = member.objid
         where d.deptype = 'n' and d.classid <> 'pg_catalog.pg_extension'::regclass
           and not exists (select from member own where own.classid = d.classid and own.objid = d.objid)
           -- Nor a part of one of the extensions' own objects: an operator of a family, the rule of a view.
           and not exists (
             select from member own join pg_catalog.pg_depend part
               on part.refclassid = own.classid and part.refobjid = own.objid
             where part.deptype in ('i', 'a') and part.classid = d.classid and part.objid = d.objid)
       )
       select current_setting('server_version_num')::int / 10000 as major,
              (select jsonb_agg(jsonb_build_object('name', extname, 'version', extversion) order by extname)
                from pg_catalog.pg_extension) as extensions,
              array(
                select distinct extname::text from dependent join pg_catalog.pg_extension e on e.oid = extension
                where not ${managedSchemaSql(schemaOrName)}
                order by 1
              ) as needed`,
    )
    .finally(() => client.end())
  return needsRow.parse(rows[0])
}
