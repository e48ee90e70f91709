import { useMutation } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { useState } from 'react'
import type { Outputs } from '~/client/client'
import { isManagedSchema } from '~/client/managed'
import { problemOf } from '~/client/problem'
import { formatBytes, plural } from '~/client/units'
import { ProblemNote } from '../problem-note'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { inputClasses } from '../ui/field'
import { ExportButton } from './export-button'

type Database = NonNullable<Outputs['archives']['contents']['database']>
type Table = Database['tables'][number]

/** So many are shown at once: the filter finds the others. */
const mostShown = 200

const scroller = 'max-h-96 overflow-auto rounded-md border bg-surface'

/** As SQL writes it. */
export function tableName({ schema, name }: Pick<Table, 'schema' | 'name'>): string {
  return [schema, name].map((part) => `"${part.replaceAll('"', '""')}"`).join('.')
}

interface About {
  projectId: string
  archive: string
  mayExport: boolean
}

/** The tables of a backup, each with its rows and size. */
export function Tables({ database, ...about }: About & { database: Database }) {
  const [filter, setFilter] = useState('')
  const found = database.tables.filter(({ schema, name }) =>
    `${schema}.${name}`.toLowerCase().includes(filter.toLowerCase()),
  )
  const own = found.filter(({ schema }) => !isManagedSchema(schema))
  const platform = found.filter(({ schema }) => isManagedSchema(schema))
  const schemas = [...new Set(platform.map(({ schema }) => schema))]
  return (
    <Card aria-labelledby="tables">
      <CardHead title={plural(database.tables.length, 'table')} id="tables">
        <input
          aria-label="Filter the tables"
          placeholder="Filter"
          className={`${inputClasses} max-w-48`}
          value={filter}
          onChange={({ target }) => setFilter(target.value)}
        />
      </CardHead>
      <TableList tables={own} {...about} />
      {platform.length > 0 && (
        <details className="border-t" open={filter !== '' || own.length === 0}>
          <summary className="px-4 py-2 text-muted">
            {plural(platform.length, 'table')} of the platform, in {schemas.join(', ')}
          </summary>
          <TableList tables={platform} {...about} />
        </details>
      )}
      {found.length === 0 && <p className="px-4 py-2 text-muted">None is called so.</p>}
    </Card>
  )
}

function TableList({ tables, ...about }: About & { tables: readonly Table[] }) {
  const [open, setOpen] = useState<string | null>(null)
  return (
    <>
      <ul className="divide-y">
        {tables.slice(0, mostShown).map((table) => {
          const key = tableName(table)
          return (
            <li key={key} className="grid gap-2 px-4 py-2">
              <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
                <button
                  type="button"
                  className="text-left font-medium hover:underline [overflow-wrap:anywhere]"
                  aria-expanded={open === key}
                  onClick={() => setOpen(open === key ? null : key)}
                >
                  <span className="text-muted">{table.schema}.</span>
                  {table.name}
                </button>
                <span className="numeric ml-auto flex gap-4 text-muted">
                  {table.rows === null ? 'definition alone' : plural(table.rows, 'row')}
                  {table.bytes !== null && (
                    <span className="w-20 text-right">{formatBytes(table.bytes)}</span>
                  )}
                </span>
              </div>
              {open === key && <Opened table={table} {...about} />}
            </li>
          )
        })}
      </ul>
      {tables.length > mostShown && (
        <p className="px-4 py-2 text-muted">and {tables.length - mostShown} more: filter for them</p>
      )}
    </>
  )
}

function Opened({ table, projectId, archive, mayExport }: About & { table: Table }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const look = useMutation(trpc.archives.rows.mutationOptions())
  const name = tableName(table)
  if (!mayExport) return <p className="text-muted">Rows are shown to operators.</p>
  return (
    <div className="grid gap-3 rounded-md border bg-page p-3">
      <div className="flex flex-wrap items-center gap-2">
        <Button
          size="small"
          disabled={look.isPending}
          onClick={() => look.mutate({ projectId, archive, table: name })}
        >
          {look.isPending ? 'Reading …' : 'First rows'}
        </Button>
        {(['csv', 'json', 'sql'] as const).map((format) => (
          <ExportButton
            key={format}
            projectId={projectId}
            label={format.toUpperCase()}
            options={{ archive, tables: [name], formats: [format] }}
          />
        ))}
      </div>
      {look.isError && <ProblemNote problem={problemOf(look.error)} />}
      {look.data !== undefined && <Rows found={look.data} name={`${table.schema}.${table.name}`} />}
    </div>
  )
}

function Rows({ found, name }: { found: Outputs['archives']['rows']; name: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is to be reached by keyboard
    <section aria-label={`First rows of ${name}`} tabIndex={0} className={scroller}>
      <table className="w-full text-left text-[13px]">
        <thead>
          <tr className="border-b">
            {found.columns.map((column) => (
              <th key={column.name} scope="col" className="px-3 py-1.5">
                <span className="font-medium">{column.name}</span>{' '}
                <span className="text-muted">{column.type ?? ''}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {found.rows.map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have nothing else to tell them apart, and never move
            <tr key={at} className="border-b last:border-b-0">
              {row.map((value, column) => (
                <td
                  key={found.columns[column]?.name ?? column}
                  className="max-w-80 truncate px-3 py-1.5"
                  title={value ?? 'NULL'}
                >
                  {value ?? <span className="text-muted">NULL</span>}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="px-3 py-1.5 text-muted">
        {found.rows.length === 0 ? 'No rows.' : found.isCut ? 'There are more.' : 'That is all.'}
      </p>
    </section>
  )
}
