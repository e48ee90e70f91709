/**
 * `npm run demo`: backs up a Supabase-shaped project, changes it, backs it up again and drills the newest archive, with the
 * scripts an operator uses. Everything happens in one temporary folder, which is removed. Exits 0 only if all of it worked.
 * `npm run demo -- small` does it with a small project; `npm run demo -- --dashboard [--port 4317]` shows the dashboard over three
 * instead, until Ctrl-C.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { formatBytes, formatSeconds, plural } from '../common/units.ts'
import type { RunReport } from '../report/schema.ts'
import { changeApplication } from './application.ts'
import { demonstrateDashboard } from './dashboard-demo.ts'
import { changeEdgeFunctions } from './edge-functions.ts'
import { describeError, runScript } from './scripts.ts'
import { inTemporaryFolder, openWorkspace } from './workspace.ts'

const { values: flags, positionals } = parseArgs({
  options: { dashboard: { type: 'boolean', default: false }, port: { type: 'string', default: '4317' } },
  allowPositionals: true,
})
const size = positionals[0] === 'small' ? 'small' : 'demo'
const started = performance.now()
const say = (line: string) => console.log(line)
const tell = (line: string) => say(`   ${line}`)

function secondsSince(start: number): string {
  return formatSeconds((performance.now() - start) / 1000)
}

function tellOfBackup(report: RunReport): void {
  const counts = (name: string) => report.components.find(({ component }) => component === name)?.counts ?? {}
  const { objectsFetched = 0, objectsReused = 0 } = counts('storage')
  const { tables = 0, rows = 0 } = counts('database')
  const { functionsFetched = 0, functionsReused = 0, secrets = 0 } = counts('functions')
  tell(`${plural(tables, 'table')} with ${plural(rows, 'row')}, from one snapshot`)
  tell(
    `${plural(objectsFetched, 'object')} fetched, ${objectsReused.toLocaleString('en-US')} reused from the last backup`,
  )
  tell(
    `${plural(functionsFetched, 'edge function')} fetched, ${functionsReused} reused; the names of ${plural(secrets, 'secret')}`,
  )
  for (const { name, originalBytes, newBytes } of report.archives)
    tell(`archive ${name}: ${formatBytes(originalBytes)}, of which ${formatBytes(newBytes)} is new to Borg`)
  tell(`${report.outcome} in ${formatSeconds(report.seconds)}`)
}

function tellOfDrill({ verification, outcome, seconds }: RunReport): void {
  if (!verification) throw new Error('The drill verified nothing.')
  const {
    tables = 0,
    rows = 0,
    sequences = 0,
    largeObjects = 0,
    definitions = 0,
    objects = 0,
    functions = 0,
    functionFiles = 0,
    tablesNotCompared = 0,
    rowsNotCompared = 0,
  } = verification.counts
  tell(`compared with the backup: ${plural(tables, 'table')} with ${plural(rows, 'row')},`)
  tell(
    `${plural(sequences, 'sequence')}, ${plural(largeObjects, 'large object')}, ${plural(definitions, 'definition')},`,
  )
  tell(`and ${plural(objects, 'object')} byte by byte,`)
  tell(`${plural(functions, 'edge function')} with ${plural(functionFiles, 'file')};`)
  tell(
    `not compared: ${plural(tablesNotCompared, 'table')} with ${plural(rowsNotCompared, 'row')} of the services themselves`,
  )
  if (!verification.ok)
    throw new Error(`The drill found ${plural(verification.differences.length, 'difference')}.`)
  tell('everything is equal')
  tell(`${outcome} in ${formatSeconds(seconds)}`)
}

async function demonstrate(folder: string, signal: AbortSignal): Promise<void> {
  say(`Everything happens in ${folder} and is removed at the end.\n`)
  const beginning = performance.now()
  say('1. A Supabase-shaped project starts, with users, rows, objects and functions')
  const { sandbox, envFile, places } = await openWorkspace(folder, {
    ...{ application: size, management: true, signal },
  })
  try {
    tell(`running after ${secondsSince(beginning)}`)
    const script = { places, signal, log: join(folder, 'scripts.log') }

    say('\n2. The first backup: ./backup.sh')
    tellOfBackup(await runScript({ ...script, command: ['backup.sh', '--env-file', envFile] }))

    say('\n3. A day goes by')
    const changed = await changeApplication({ ...sandbox, size })
    tell('rows inserted, updated and deleted, a column added, a user signed up')
    if (sandbox.management)
      tell(`the edge function ${changeEdgeFunctions(sandbox.management.project)} deployed anew`)
    tell(
      Object.entries(changed)
        .map(([what, count]) => `${plural(count, 'object')} ${what}`)
        .join(', '),
    )

    say('\n4. The second backup: ./backup.sh')
    tellOfBackup(await runScript({ ...script, command: ['backup.sh', '--env-file', envFile] }))

    say('\n5. The drill: ./restore.sh --test -y, into an empty PostgreSQL of its own')
    tellOfDrill(
      await runScript({ ...script, command: ['restore.sh', '--env-file', envFile, '--test', '-y'] }),
    )
  } finally {
    await sandbox.stop()
  }
}

async function demonstrateScreens(folder: string, signal: AbortSignal): Promise<void> {
  say(`Everything happens in ${folder} and is removed at the end.\n`)
  try {
    await demonstrateDashboard({ folder, signal, size, port: flags.port, say })
  } catch (error) {
    // Whoever stops it has seen enough.
    if (!signal.aborted) throw error
  }
}

try {
  await inTemporaryFolder(flags.dashboard ? demonstrateScreens : demonstrate)
  say(`\nDone in ${secondsSince(started)}. The folder is removed.`)
} catch (error) {
  console.error(`\nThe demo failed: ${describeError(error)}`)
  process.exitCode = 1
}
