import { keepPreviousData, useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { z } from 'zod'
import { AnalyticsScreen } from '~/components/analytics/analytics-screen'
import { SkeletonPage } from '~/components/ui/skeleton'

const searchSchema = z.object({
  days: z
    .union([z.literal(7), z.literal(30), z.literal(365)])
    .default(30)
    .catch(30),
  project: z.string().max(120).optional().catch(undefined),
  group: z.string().max(100).optional().catch(undefined),
})

export const Route = createFileRoute('/_app/analytics')({
  validateSearch: searchSchema,
  loaderDeps: ({ search }) => search,
  loader: ({ context: { queryClient, trpc }, deps: { days } }) =>
    queryClient.ensureQueryData(trpc.analytics.get.queryOptions({ days })),
  head: () => ({ meta: [{ title: 'Analytics · Backups' }] }),
  pendingComponent: () => <SkeletonPage label="The reports are being summed up" />,
  component: Screen,
})

function Screen() {
  const { trpc } = Route.useRouteContext()
  const { days, project, group } = Route.useSearch()
  const navigate = Route.useNavigate()
  const { data: all } = useSuspenseQuery(trpc.analytics.get.queryOptions({ days }))
  const isNarrowed = project !== undefined || group !== undefined
  const { data: narrowed, error } = useQuery(
    trpc.analytics.get.queryOptions(
      { days, project, group },
      { enabled: isNarrowed, placeholderData: keepPreviousData },
    ),
  )
  if (error !== null) throw error
  return (
    <AnalyticsScreen
      analytics={isNarrowed ? (narrowed ?? all) : all}
      filter={{ days, project, group }}
      onFilter={(next) => void navigate({ search: next, replace: true })}
      choices={{
        projects: all.projects.toSorted((a, b) => a.name.localeCompare(b.name)),
        groups: all.groups.map((one) => one.group),
      }}
    />
  )
}
