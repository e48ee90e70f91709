import { ChevronRight } from 'lucide-react'
import { type ApiOperation, roleInWords } from '~/shared/api-operation'

/** Calls of one noun, each of which opens to what it takes and answers. */
export function Operations({ operations }: { operations: ApiOperation[] }) {
  return (
    <ul className="divide-y">
      {operations.map((operation) => (
        <li key={operation.id}>
          <details className="group">
            <summary className="flex list-none items-start gap-3 px-4 py-2.5 hover:bg-hover">
              <ChevronRight aria-hidden className="mt-0.5 size-4 shrink-0 text-muted group-open:rotate-90" />
              <span className="grid min-w-0 flex-1 gap-x-4 gap-y-0.5 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
                <code className="font-mono text-[13px] [overflow-wrap:anywhere]">
                  <span className="inline-block min-w-14 font-semibold">{operation.method}</span>{' '}
                  {operation.path}
                </code>
                <span className="text-muted">{withCode(operation.summary)}</span>
              </span>
            </summary>
            <Details operation={operation} />
          </details>
        </li>
      ))}
    </ul>
  )
}

function Details({ operation: { role, fields, answer } }: { operation: ApiOperation }) {
  return (
    <div className="stack gap-3 px-4 pt-1 pb-4 pl-11">
      <p>
        {roleInWords(role)}, answers {answer.status}
        {answer.holds === null ? '' : `: ${answer.holds}`}.
      </p>
      {fields.length > 0 && (
        <dl className="divide-y rounded-md border">
          {fields.map(({ name, place, isNeeded, type, description }) => (
            <div
              key={`${place} ${name}`}
              className="grid gap-x-4 gap-y-0.5 px-3 py-2 sm:grid-cols-[minmax(0,14rem)_minmax(0,1fr)]"
            >
              <dt>
                <code className="font-mono text-[13px] [overflow-wrap:anywhere]">{name}</code>
                <span className="text-muted">
                  {' '}
                  {place}
                  {isNeeded && ', needed'}
                </span>
              </dt>
              <dd className="[overflow-wrap:anywhere]">
                {type}
                {description !== '' && <span className="block text-muted">{withCode(description)}</span>}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  )
}

/** What stands between backquotes is code. */
function withCode(text: string) {
  return text.split('`').map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts never change places
      <code key={index} className="font-mono text-[13px]">
        {part}
      </code>
    ),
  )
}
