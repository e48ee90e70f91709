/**
 * `npm run demo`: backs up a Supabase-shaped project, changes it, backs it up again and drills the newest archive, with the
 * scripts an operator uses. Everything happens in one temporary folder, which is removed. Exits 0 only if all of it worked.
 */
import { join } from 'node:path'
import { formatBytes, formatSeconds, plural } from '../common/units.ts'
import type { RunReport } from '../report/schema.ts'
import { changeApplication } from './application.ts'
import { runScript } from './scripts.ts'
import { inTemporaryFolder, openWorkspace } from './workspace.ts'

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
  tell(`${plural(tables, 'table')} with ${plural(rows, 'row')}, from one snapshot`)
  tell(
    `${plural(objectsFetched, 'object')} fetched, ${objectsReused.toLocaleString('en-US')} reused from the last backup`,
  )
  for (const { name, originalBytes, newBytes } of report.archives)
    tell(`archive ${name}: ${formatBytes(originalBytes)}, of which ${formatBytes(newBytes)} is new to Borg`)
  tell(`${report.outcome} in ${formatSeconds(report.seconds)}`)
}

function tellOfDrill(report: RunReport): void {
  const { verification } = report
  if (!verification) throw new Error('The drill verified nothing.')
  const counts = Object.entries(verification.counts).map(
    ([name, count]) => `${name} ${count.toLocaleString('en-US')}`,
  )
  tell(`compared with the backup: ${counts.join(', ')}`)
  tell(verification.ok ? 'everything is equal' : plural(verification.differences.length, 'difference'))
  tell(`${report.outcome} in ${formatSeconds(report.seconds)}`)
  if (!verification.ok) throw new Error('The drill found differences.')
}

async function demonstrate(folder: string, signal: AbortSignal): Promise<void> {
  say(`Everything happens in ${folder} and is removed at the end.\n`)
  const beginning = performance.now()
  say(
    '1. A Supabase-shaped project starts: PostgreSQL, the Storage API, and an application with users, rows and objects',
  )
  const { sandbox, envFile, places } = await openWorkspace(folder, { signal })
  try {
    tell(`running after ${secondsSince(beginning)}`)
    const script = { places, signal, log: join(folder, 'scripts.log') }

    say('\n2. The first backup: ./backup.sh')
    tellOfBackup(await runScript({ ...script, command: ['backup.sh', '--env-file', envFile] }))

    say('\n3. A day goes by')
    const changed = await changeApplication({ databaseUrl: sandbox.databaseUrl, storage: sandbox.storage })
    tell('rows inserted, updated and deleted, a column added, a user signed up')
    tell(
      Object.entries(changed)
        .map(([what, count]) => `${plural(count, 'object')} ${what}`)
        .join(', '),
    )

    say('\n4. The second backup: ./backup.sh')
    tellOfBackup(await runScript({ ...script, command: ['backup.sh', '--env-file', envFile] }))

    say(
      '\n5. The drill: ./restore.sh --test -y restores the newest archive into an empty PostgreSQL and compares',
    )
    tellOfDrill(
      await runScript({ ...script, command: ['restore.sh', '--env-file', envFile, '--test', '-y'] }),
    )
  } finally {
    await sandbox.stop()
  }
}

try {
  await inTemporaryFolder(demonstrate)
  say(`\nDone in ${secondsSince(started)}. The folder is removed.`)
} catch (error) {
  console.error(`\nThe demo failed: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
