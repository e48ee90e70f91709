import { Link } from '@tanstack/react-router'
import { ExportCard } from './export-card'
import { ImportCard } from './import-card'

/** Many projects at once, in and out; for an admin of some groups out alone. */
export function TransferScreen({ mayImport }: { mayImport: boolean }) {
  return (
    <div className="mx-auto grid w-full max-w-4xl grid-cols-[minmax(0,1fr)] gap-6">
      <div className="grid gap-1">
        <nav aria-label="Where you are" className="text-muted">
          <Link to="/" className="hover:underline">
            Overview
          </Link>{' '}
          /
        </nav>
        <h1 className="font-semibold text-2xl tracking-tight">
          {mayImport ? 'Import and export projects' : 'Export projects'}
        </h1>
      </div>
      {mayImport && <ImportCard />}
      <ExportCard />
    </div>
  )
}
