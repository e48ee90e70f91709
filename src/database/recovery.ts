import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../common/files.ts'
import type { BackupType, PartialBackup } from '../common/partial.ts'
import type { RecoveryContext, RecoveryPart } from '../components/component.ts'
import { literals } from './facts/all.ts'
import { readCatalogFacts } from './facts/catalog-facts.ts'
import { planManualRestore } from './manual-restore.ts'

const text = new URL('./recovery.md', import.meta.url)

/** Of partial backups of these types; the others come back as everything does. */
const partTexts: Partial<Record<BackupType, URL>> = {
  data: new URL('./recovery-data.md', import.meta.url),
  roles: new URL('./recovery-roles.md', import.meta.url),
}

/** The database's part of RECOVERY.md, and the lists of dump entries that its commands use, `database/restore/*.list`. */
export async function describeRecovery({
  generation,
  versions,
  partial,
}: RecoveryContext): Promise<RecoveryPart> {
  const { customRoles, leftOut } = await planRecovery(generation, partial)
  const serverMajor = majorOf(versions['server']) ?? '17'
  const clientMajor = majorOf(versions['clients']) ?? serverMajor
  return {
    text: await readFile((partial && partTexts[partial.type]) ?? text, 'utf8'),
    values: {
      server: versions['server'] ?? 'an unknown version',
      serverMajor,
      customRoles: customRoles.length === 0 ? 'NULL' : literals(customRoles),
    },
    programs: [`the PostgreSQL client programs (${clientMajor} or newer)`],
    manual:
      leftOut.length === 0
        ? []
        : [
            `Left out of the part about the database, as it may take more than the rights of postgres: ${leftOut.join(', ')}.`,
          ],
  }
}

function majorOf(version: string | undefined): string | undefined {
  return version?.split('.')[0]
}

/** Writes the lists, and says what the page has to know of the database. */
async function planRecovery(
  generation: string,
  partial: PartialBackup | undefined,
): Promise<{ customRoles: string[]; leftOut: string[] }> {
  const database = join(generation, 'database')
  const recorded = await readCatalogFacts(generation)
  if (partial?.type === 'roles') return { customRoles: [], leftOut: [] }
  const plan = await planManualRestore(join(database, 'dump'), recorded, partial)
  // A database that was carried over brings those of its own backup.
  await rm(join(database, 'restore'), { recursive: true, force: true })
  await mkdir(join(database, 'restore'), { mode: 0o700 })
  for (const { name, entries } of plan.lists)
    await writeFileAtomic(join(database, 'restore', `${name}.list`), listOf(entries))
  const entries = plan.leftOut.map(({ desc, namespace, tag }) =>
    [desc, namespace, tag].filter(Boolean).join(' '),
  )
  // Those on schema extensions come with every project.
  const given = (recorded.serviceGrants ?? []).filter(({ schema }) => schema !== 'extensions')
  const grants = [...recorded.managedGrants, ...given].map(
    ({ privilege, schema, object, grantee }) =>
      `${privilege} on ${[schema, object].filter(Boolean).join('.')} for ${grantee}`,
  )
  return { customRoles: recorded.roles.map(({ name }) => name), leftOut: [...entries, ...grants] }
}

/** A list for `pg_restore --use-list`, which reads the number at the start of each line. */
function listOf(entries: readonly { dumpId: number }[]): string {
  return entries.map((entry) => `${entry.dumpId};\n`).join('')
}
