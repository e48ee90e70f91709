import { useState } from 'react'
import type { ProjectDetails } from './details'
import { ComponentChoice, StartForm } from './start-form'

/** Which components are restored for proof, and where. */
export function DrillForm({ project, onClose }: { project: ProjectDetails; onClose: () => void }) {
  const { id, components, drillTarget } = project
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set())
  const chosen = components.map(({ name }) => name).filter((name) => !left.has(name))
  return (
    <StartForm
      projectId={id}
      word="Drill"
      isReady={chosen.length > 0}
      optionsOf={() => ({ kind: 'drill', ...(left.size > 0 && { only: chosen }) })}
      onClose={onClose}
    >
      <ComponentChoice
        mayLack
        components={components}
        chosen={chosen}
        onToggle={(name) => setLeft((before) => before.symmetricDifference(new Set([name])))}
      />
      <p
        className={drillTarget === null ? 'text-muted' : 'rounded-md border border-warn/40 bg-warn-soft p-3'}
      >
        {drillTarget === null ? (
          'Into a throwaway PostgreSQL on this machine, which is gone afterwards.'
        ) : (
          <>
            Into the test project <strong className="font-medium">{drillTarget}</strong>, which is emptied
            first.
          </>
        )}
      </p>
    </StartForm>
  )
}
