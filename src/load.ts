/**
 * The worker of `restore.sh --from-json`: loads the rows of a file into one table of a target.
 *
 *     load.ts --file FILE --table SCHEMA.NAME [--replace] [--confirm REFERENCE] [--yes] [--over-source]
 *
 * The settings come from the environment, the target's as TARGET_SUPABASE_*. On stdout: one JSON document with the status,
 * the database's result and the target.
 */
import { parseArgs } from 'node:util'
import { ExitCode } from './common/errors.ts'
import { plural } from './common/units.ts'
import { runWorker } from './common/worker.ts'
import { loadConfig } from './config/load.ts'
import { findClients } from './database/connect/clients.ts'
import { connect, type DatabaseConnection } from './database/connect/connection.ts'
import { describeServer } from './database/facts/all.ts'
import { loadRows } from './database/import/load.ts'
import { loadResult } from './database/import/result.ts'
import { surveyRows } from './database/import/rows-file.ts'
import { inspectTable, type TargetTable } from './database/import/target-table.ts'
import { parseTableName, type QualifiedName, refuseManaged } from './database/rules/selection.ts'
import { databaseOf } from './project/project.ts'
import { requireConfirmation } from './restore/confirmation.ts'
import { resolveTarget } from './restore/resolve-target.ts'

const { values: flags } = parseArgs({
  options: {
    file: { type: 'string' },
    table: { type: 'string' },
    replace: { type: 'boolean', default: false },
    confirm: { type: 'string' },
    yes: { type: 'boolean', default: false },
    'over-source': { type: 'boolean', default: false },
    'run-id': { type: 'string' },
  },
})

await runWorker('load', async ({ log, signal }) => {
  const started = performance.now()
  const { file, table: wanted, replace } = flags
  if (file === undefined || wanted === undefined) throw new TypeError('load.ts needs --file and --table')
  const config = loadConfig(process.env)
  const target = resolveTarget({ config, overSource: flags['over-source'] })
  const name = await parseTableName(wanted)
  refuseManaged({ schemas: [], tables: [name] })
  const { table, serverMajor } = await inspectTarget(databaseOf(target), name)
  const survey = await surveyRows(file)
  await requireConfirmation({ confirm: flags.confirm, yes: flags.yes }, target, async () => [
    `From   ${file}: ${plural(survey.rows, 'row')}`,
    `To     ${wanted} of ${target.reference}, which has ${plural(table.rows, 'row')}`,
    replace
      ? '       they go, and the rows of the file take their place'
      : '       those with the same primary key are replaced, the others stay',
  ])
  const clients = await findClients({
    ...{ serverMajor, pgBinDir: config.PG_BIN_DIR, pgImage: config.PG_IMAGE, log },
    runDirectory: config.RUN_DIRECTORY,
    environment: config.environment,
    phase: 'load/clients',
  })
  try {
    const loaded = await loadRows({
      ...{ file, names: survey.names, table, replace, clients, log, signal },
      target: databaseOf(target),
    })
    const { inserted, updated, deleted, rows, hash } = loaded
    log.info(
      `loaded ${plural(inserted + updated, 'row')} into ${wanted}: ${inserted} new, ${updated} replaced, ${deleted} deleted before; it now has ${plural(rows, 'row')}, hash ${hash}`,
    )
    const result = loadResult(loaded, (performance.now() - started) / 1000)
    return {
      document: { status: result.status, components: [result], target: target.reference, hash, error: null },
      exitCode: result.status === 'degraded' ? ExitCode.degraded : ExitCode.success,
    }
  } finally {
    await clients.close()
  }
})

async function inspectTarget(
  connection: DatabaseConnection,
  name: QualifiedName,
): Promise<{ table: TargetTable; serverMajor: number }> {
  const client = await connect(connection, 'load/target')
  try {
    const { version } = await describeServer(client)
    return { table: await inspectTable(client, name), serverMajor: Math.floor(version / 10_000) }
  } finally {
    await client.end()
  }
}
