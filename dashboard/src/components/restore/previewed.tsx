import type { Outputs } from '~/client/client'
import { DocumentView } from '../archives/document-view'
import { componentDocuments } from '../archives/plain'

type Answer = NonNullable<Outputs['runs']['answer']['previewed']>

/** What would become of a target, component by component. */
export function Previewed({ previewed }: { previewed: Answer }) {
  const parts = componentDocuments(previewed)
  const untouched = parts.filter(({ document }) => document === null)
  return (
    <div className="grid gap-4">
      <p>
        What would become of{' '}
        <strong className="font-medium [overflow-wrap:anywhere]">{previewed.target}</strong>:
      </p>
      {parts.map(
        ({ name, document }) =>
          document !== null && (
            <section key={name} aria-label={name} className="grid gap-2 border-t pt-3">
              <h3 className="font-medium first-letter:uppercase">{name}</h3>
              <DocumentView document={document} />
            </section>
          ),
      )}
      {untouched.length > 0 && (
        <p className="border-t pt-3 text-muted">
          Not touched: {untouched.map(({ name }) => name).join(', ')}.
        </p>
      )}
    </div>
  )
}
