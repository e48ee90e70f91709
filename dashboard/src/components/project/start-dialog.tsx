import { Dialog } from '../ui/dialog'
import { BackupForm } from './backup-form'
import type { ProjectDetails } from './details'
import { DrillForm } from './drill-form'

/** What is to be backed up or drilled. */
export function StartDialog({
  kind,
  project,
  onClose,
}: {
  kind: 'backup' | 'drill'
  project: ProjectDetails
  onClose: () => void
}) {
  const isBackup = kind === 'backup'
  const Form = isBackup ? BackupForm : DrillForm
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={isBackup ? `Back up ${project.name}` : `Drill ${project.name}`}
      description={
        isBackup
          ? 'What is left out stays as it was in the backup before.'
          : 'Restores the newest archive and proves, row by row, that the result equals the backup.'
      }
    >
      <Form project={project} onClose={onClose} />
    </Dialog>
  )
}
