import { shownCount } from '~/client/field-units'
import { plural } from '~/client/units'
import { DocumentItem } from './document-item'
import { isPlain, type Plain } from './plain'

/** So many of a list are shown at once. */
const mostShown = 100
/** A longer list is folded. */
const mostOpen = 12

/** What names of fields do not say by themselves. */
const labels: Record<string, string> = {
  equal: 'the same',
  unchanged: 'as they are',
  refused: 'cannot be deployed there',
  sequences: 'sequences moved',
  catalog: 'roles, settings, extensions, jobs',
  tables: 'rows of tables',
  objects: 'definitions and settings',
  findings: 'to be known',
  examples: 'for example',
  secretsSet: 'secrets set',
}

/** `objectsToSend` → `objects to send`. */
function wordsOf(name: string): string {
  return labels[name] ?? name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

/** What a script says of one component, in a preview or a comparison: its numbers, then its lists. What is nothing is left out. */
export function DocumentView({ document }: { document: Plain }) {
  const entries = Object.entries(document)
  const numbers = entries.filter(([, value]) => (typeof value === 'number' && value !== 0) || value === true)
  const lists = entries.flatMap(([name, value]) =>
    Array.isArray(value) && value.length > 0 ? [[name, value] as const] : [],
  )
  const nested = entries.flatMap(([name, value]) =>
    isPlain(value) && hasSomething(value) ? [[name, value] as const] : [],
  )
  return (
    <div className="grid gap-3">
      {numbers.length + lists.length + nested.length === 0 && <p className="text-muted">Nothing.</p>}
      {numbers.length > 0 && (
        <dl className="flex flex-wrap gap-x-6 gap-y-1.5">
          {numbers.map(([name, value]) => (
            <div key={name}>
              <dt className="text-[13px] text-muted">{wordsOf(name)}</dt>
              <dd className="numeric">{shownNumber(name, value)}</dd>
            </div>
          ))}
        </dl>
      )}
      {lists.map(([name, value]) => (
        <List key={name} name={wordsOf(name)} items={value} />
      ))}
      {nested.map(([name, value]) => (
        <section key={name} aria-label={wordsOf(name)} className="grid gap-1">
          <p className="text-[13px] text-muted">{wordsOf(name)}</p>
          <div className="border-l pl-3">
            <DocumentView document={value} />
          </div>
        </section>
      ))}
    </div>
  )
}

function hasSomething(document: Plain): boolean {
  return Object.values(document).some((value) =>
    Array.isArray(value) ? value.length > 0 : isPlain(value) ? hasSomething(value) : Boolean(value),
  )
}

function shownNumber(name: string, value: unknown): string {
  if (typeof value !== 'number') return 'yes'
  return shownCount(name, value)
}

/** Whether it stays as it is: a table whose number of rows is the same afterwards. */
function isSame(item: unknown): boolean {
  return isPlain(item) && 'now' in item && item['now'] === item['after']
}

function List({ name, items }: { name: string; items: readonly unknown[] }) {
  const shown = items.filter((item) => !isSame(item))
  const same = items.length - shown.length
  return (
    <details open={shown.length <= mostOpen}>
      <summary className="w-fit">
        {name} <span className="numeric text-muted">{shown.length.toLocaleString('en-US')}</span>
      </summary>
      <ul className="grid gap-1 pt-1">
        {shown.slice(0, mostShown).map((item, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: names may come twice, and the list never moves
          <DocumentItem key={at} item={item} />
        ))}
        {shown.length > mostShown && (
          <li className="text-muted">and {(shown.length - mostShown).toLocaleString('en-US')} more</li>
        )}
        {same > 0 && <li className="text-muted">{plural(same, 'other')} with as many rows as now</li>}
      </ul>
    </details>
  )
}
