import { useSuspenseQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { ScreenHead } from '~/components/screen-head'
import { AboutCard } from '~/components/settings/about-card'
import { KeyCard } from '~/components/settings/key-card'
import { MachineCard } from '~/components/settings/machine-card'
import { OwnBackupCard } from '~/components/settings/own-backup-card'
import { RepositoriesCard } from '~/components/settings/repositories-card'
import { SettingsForm } from '~/components/settings/settings-form'
import { SkeletonPage } from '~/components/ui/skeleton'

export const Route = createFileRoute('/_app/settings')({
  loader: ({ context: { queryClient, trpc } }) =>
    Promise.all([
      queryClient.ensureQueryData(trpc.settings.get.queryOptions()),
      queryClient.ensureQueryData(trpc.settings.health.queryOptions()),
    ]),
  head: () => ({ meta: [{ title: 'Settings · Backups' }] }),
  pendingComponent: () => <SkeletonPage label="Settings are being read" />,
  component: SettingsScreen,
})

function SettingsScreen() {
  const { trpc } = Route.useRouteContext()
  const { data: settings } = useSuspenseQuery(trpc.settings.get.queryOptions())
  const { data: health } = useSuspenseQuery(trpc.settings.health.queryOptions())
  return (
    <div className="mx-auto grid max-w-3xl grid-cols-[minmax(0,1fr)] gap-6">
      <ScreenHead title="Settings" note="Of the dashboard as a whole." />
      <SettingsForm settings={settings} />
      <OwnBackupCard state={health.ownBackup} />
      <KeyCard state={health.key} />
      <MachineCard machine={health.machine} />
      <RepositoriesCard repositories={health.repositories} />
      <AboutCard about={health.about} directory={health.directory} />
    </div>
  )
}
