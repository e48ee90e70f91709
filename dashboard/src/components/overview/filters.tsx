import { ChoiceFilter, TextFilter } from '../forms/filters'
import { capitalised, environments } from '../project/labels'
import { safetyLooks } from '../status'
import type { Project } from './project'

/** What of the projects is shown; it stands in the address, so that a reload and a link keep it. */
export interface Filter {
  text?: string | undefined
  state?: string | undefined
  environment?: string | undefined
  group?: string | undefined
}

/** Worst first; what rests comes last. */
export const order: readonly Project['safety'][] = [
  'unreadable',
  'failed',
  'overdue',
  'degraded',
  'never',
  'safe',
  'inactive',
]

/** Whether somebody has to look at it. */
export function isNeedy({ safety, problems }: Project): boolean {
  return safety !== 'inactive' && (safety !== 'safe' || problems.length > 0)
}

export function matches(project: Project, { text = '', state, environment, group }: Filter): boolean {
  const { name, origin, safety, running, groups, tags } = project
  const known = [name, origin ?? '', ...groups, ...tags].join('\n').toLowerCase()
  const words = text.trim().toLowerCase().split(/\s+/)
  if (!words.every((word) => known.includes(word))) return false
  if (environment !== undefined && (project.environment ?? 'none') !== environment) return false
  if (group !== undefined && !groups.includes(group)) return false
  if (state === 'needy') return isNeedy(project)
  if (state === 'running') return running !== null
  return state === undefined || state === safety
}

const narrow = 'w-auto max-w-48 pr-1 max-sm:min-w-[calc(50%-0.25rem)] max-sm:flex-1'

/** Text, state, environment and group. */
export function Filters(props: { projects: Project[]; filter: Filter; onFilter: (filter: Filter) => void }) {
  const { projects, filter, onFilter } = props
  const count = (safety: string) => projects.filter((project) => project.safety === safety).length
  const groups = [...new Set(projects.flatMap((project) => project.groups))].sort()
  const isPlaced = projects.some(({ environment }) => environment !== null)
  const running = projects.filter((project) => project.running !== null).length
  return (
    <>
      <TextFilter
        label="Filter by name, group or tag"
        placeholder="Name, group or tag"
        text={filter.text}
        className="w-52 max-sm:w-full"
        onText={(text) => onFilter({ ...filter, text })}
      />
      <ChoiceFilter
        label="Filter by state"
        className={narrow}
        value={filter.state}
        onChange={(state) => onFilter({ ...filter, state })}
        options={[
          ['', 'All states'],
          ['needy', `Needs somebody (${projects.filter(isNeedy).length})`],
          ['running', `Running (${running})`],
          ...order.map((safety) => [safety, `${safetyLooks[safety].word} (${count(safety)})`] as const),
        ]}
      />
      {isPlaced && (
        <ChoiceFilter
          label="Filter by environment"
          className={narrow}
          value={filter.environment}
          onChange={(environment) => onFilter({ ...filter, environment })}
          options={[
            ['', 'All environments'],
            ...environments.map((one) => [one, capitalised(one)] as const),
            ['none', 'Without one'],
          ]}
        />
      )}
      {groups.length > 0 && (
        <ChoiceFilter
          label="Filter by group"
          className={narrow}
          value={filter.group}
          onChange={(group) => onFilter({ ...filter, group })}
          options={[['', 'All groups'], ...groups.map((group) => [group, group] as const)]}
        />
      )}
    </>
  )
}
