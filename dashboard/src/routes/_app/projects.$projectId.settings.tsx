import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '~/components/problem-note'
import { SettingsScreen } from '~/components/project/settings/settings-screen'
import { SkeletonPage } from '~/components/ui/skeleton'

export const Route = createFileRoute('/_app/projects/$projectId/settings')({
  loader: async ({ context: { queryClient, trpc }, params: { projectId } }) => {
    // Of a file that belongs to somebody else the screen says why, and shows the rest.
    void queryClient.prefetchQuery(trpc.projects.settings.queryOptions({ projectId }))
    await Promise.all([
      queryClient.ensureQueryData(trpc.projects.get.queryOptions({ projectId })),
      queryClient.ensureQueryData(trpc.projects.variables.queryOptions()),
    ])
  },
  head: ({ params }) => ({ meta: [{ title: `Settings of ${params.projectId} · Backups` }] }),
  pendingComponent: () => <SkeletonPage label="The settings are being read" />,
  component: Screen,
})

function Screen() {
  const { trpc } = Route.useRouteContext()
  const { projectId } = Route.useParams()
  const { data: project } = useSuspenseQuery(trpc.projects.get.queryOptions({ projectId }))
  const { data: groups } = useSuspenseQuery(trpc.projects.variables.queryOptions())
  const settings = useQuery(trpc.projects.settings.queryOptions({ projectId }))
  return (
    <>
      {settings.isError && (
        <div className="pb-6">
          <ProblemNote problem={problemOf(settings.error)} />
        </div>
      )}
      <SettingsScreen project={project} groups={groups} settings={settings.data ?? null} />
    </>
  )
}
