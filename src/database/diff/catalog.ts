import { type Change, compareDescribed, type Described } from '../../diff/changes.ts'
import {
  cronJobs,
  databaseSettings,
  extensions,
  type Fact,
  largeObjects,
  memberships,
  queues,
  roleSettings,
  rolesFact,
  services,
  vaultSecrets,
} from '../facts/all.ts'
import { savedIfKnown } from '../facts/catalog-facts.ts'

/** How facts of one kind are told apart and described. Where a value is secret, only that it is another one is told. */
function described<Row>(
  kind: string,
  fact: Pick<Fact<Row>, 'file' | 'row'>,
  name: (row: Row) => string,
  describe: (row: Row) => Record<string, unknown>,
  secret: (row: Row) => string | null = () => null,
) {
  return async (before: string, after: string): Promise<Change[]> => {
    const [old, current] = [await savedIfKnown(before, fact), await savedIfKnown(after, fact)]
    // One of the two was made by a toolkit that did not record this.
    if (old === null || current === null) return []
    const text = (row: Row): Described => [kind, name(row), linesOf(describe(row))]
    const open = compareDescribed(old.map(text), current.map(text))
    const hidden = compareDescribed(
      old.map((row): Described => [kind, name(row), secret(row) ?? '']),
      current.map((row): Described => [kind, name(row), secret(row) ?? '']),
    )
    const told = new Set(open.map((change) => change.name))
    const secretly = hidden
      .filter((change) => change.change === 'changed' && !told.has(change.name))
      .map((change): Change => ({ ...change, diff: secretDiff([old, current], change.name) }))
    return [...open, ...secretly]

    /** A backup may have been told to leave secrets out (VAULT_MODE), or not been allowed to read them. */
    function secretDiff(backups: readonly Row[][], changed: string): string {
      const has = backups.map((rows) =>
        rows.some((row) => name(row) === changed && (secret(row) ?? '') !== ''),
      )
      if (has.every(Boolean)) return 'its secret is another one'
      return `only the ${has[0] === true ? 'first' : 'second'} backup has its secret`
    }
  }
}

function linesOf(values: Record<string, unknown>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('\n')
}

const setting = (kind: string, fact: typeof roleSettings) =>
  described(
    kind,
    fact,
    ({ role, database, name }) =>
      [role, database && `in ${database}`, name].filter((part) => part !== null && part !== '').join(' '),
    ({ value }) => ({ value }),
  )

const kinds = [
  described(
    'extension',
    extensions,
    ({ name }) => name,
    ({ schema, version }) => ({ schema, version }),
  ),
  described(
    'role',
    rolesFact({ passwords: true }),
    ({ name }) => name,
    ({ name: _, password: __, ...attributes }) => attributes,
    ({ password }) => password,
  ),
  described(
    'membership',
    memberships,
    ({ role, member }) => `${role} to ${member}`,
    ({ admin, inherit, set }) => ({ admin, inherit, set }),
  ),
  setting('setting of a role', roleSettings),
  setting('setting of the database', databaseSettings),
  described(
    'cron job',
    cronJobs,
    ({ name, command }) => name ?? command,
    ({ schedule, command, active, username }) => ({ schedule, command, active, username }),
  ),
  described(
    'queue',
    queues,
    ({ name }) => name,
    ({ partitioned, unlogged }) => ({ partitioned, unlogged }),
  ),
  described(
    'vault secret',
    vaultSecrets,
    ({ id, name }) => name ?? id,
    ({ description }) => ({ description: description ?? '' }),
    ({ secret }) => secret,
  ),
  described(
    'large object',
    largeObjects,
    ({ oid }) => `${oid}`,
    ({ oid: _, ...rest }) => rest,
  ),
  described(
    'service',
    services,
    ({ service }) => service,
    ({ version }) => ({ version }),
  ),
]

/** Compares what two backups recorded of a database beside its definitions and rows. */
export async function compareCatalogs(before: string, after: string): Promise<Change[]> {
  const changes: Change[] = []
  for (const compare of kinds) changes.push(...(await compare(before, after)))
  return changes
}
