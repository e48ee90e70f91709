import { BackupError } from '../../common/errors.ts'
import type { Statement } from '../sql/statements.ts'

/**
 * What servers keep of every column since the minor releases of November 2026, and nobody has set. Client programs of before
 * write it into a dump as an option of the column, which servers of before refuse.
 */
const columnVersion = 'pg_attver'

/** Entries whose definitions do without it; what pg_restore writes of them is in `written`. */
export async function withoutColumnVersions<Entry extends { defn: string; written?: string }>(
  entries: readonly Entry[],
): Promise<Entry[]> {
  const list: Entry[] = []
  for (const entry of entries) {
    const defn = entry.defn.includes(columnVersion) ? await withoutVersions(entry.defn) : entry.defn
    list.push(defn === entry.defn ? entry : { ...entry, defn, written: entry.defn })
  }
  return list
}

/** A definition that this parser cannot read stays as it is. */
async function withoutVersions(defn: string): Promise<string> {
  // The parser takes long to load, and hardly a dump needs it here.
  const { parseStatements } = await import('../sql/statements.ts')
  const statements = await parseStatements(defn, 'database/contents').catch((error: unknown) => {
    if (error instanceof BackupError) return []
    throw error
  })
  let kept = ''
  let at = 0
  for (const statement of statements.filter(setsColumnVersion)) {
    const start = defn.indexOf(statement.text, at)
    const rest = withoutOption(statement.text)
    kept += defn.slice(at, start) + rest
    at = start + statement.text.length
    if (rest === '') at += /^;\n*/.exec(defn.slice(at))?.[0].length ?? 0
  }
  return kept + defn.slice(at)
}

function setsColumnVersion({ node }: Statement): boolean {
  if (!('AlterTableStmt' in node)) return false
  return (node.AlterTableStmt.cmds ?? []).some((command) => {
    if (!('AlterTableCmd' in command) || command.AlterTableCmd.subtype !== 'AT_SetOptions') return false
    const { def } = command.AlterTableCmd
    const options = def !== undefined && 'List' in def ? (def.List.items ?? []) : []
    return options.some((option) => 'DefElem' in option && option.DefElem.defname === columnVersion)
  })
}

/** `ALTER TABLE … ALTER COLUMN … SET (n_distinct=5)`, or nothing, where no other option is set. */
function withoutOption(statement: string): string {
  const [, head = '', options = ''] = /^(.* SET \()([^()]*)\)$/s.exec(statement) ?? []
  const others = options.split(', ').filter((option) => !option.startsWith(`${columnVersion}=`))
  return others.length === 0 ? '' : `${head}${others.join(', ')})`
}
