import {
  Bell,
  CalendarClock,
  ChartNoAxesColumn,
  Code,
  ScrollText,
  Settings,
  UserRound,
  UsersRound,
} from 'lucide-react'
import type { Outputs } from '~/client/client'

export type User = NonNullable<Outputs['session']['state']['user']>

/** Screens besides the overview, as the header, the menu of a phone and the palette offer them. */
export const screens = [
  { to: '/schedules', name: 'Schedules', icon: CalendarClock },
  { to: '/alerts', name: 'Alerts', icon: Bell },
  { to: '/analytics', name: 'Analytics', icon: ChartNoAxesColumn },
] as const

const ownScreens = [
  { to: '/account', name: 'Your account', icon: UserRound },
  { to: '/api-reference', name: 'API', icon: Code },
] as const

const adminScreens = [
  { to: '/people', name: 'Users and tokens', icon: UsersRound },
  { to: '/audit', name: 'Audit', icon: ScrollText },
  { to: '/settings', name: 'Settings', icon: Settings },
] as const

/** Whether somebody is an admin of the whole dashboard, and not of some groups of projects. */
export function isAdminOfAll({ role, groups }: User): boolean {
  return role === 'admin' && groups === null
}

/** Screens that the account menu and the palette offer them. */
export function menuScreens(user: User) {
  return isAdminOfAll(user) ? [...ownScreens, ...adminScreens] : ownScreens
}

const roles: readonly User['role'][] = ['viewer', 'operator', 'admin']

export function hasRole({ role }: Pick<User, 'role'>, needed: User['role']): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed)
}

/** A screen of a project. */
interface ProjectScreen {
  to:
    | '/projects/$projectId'
    | '/projects/$projectId/archives'
    | '/projects/$projectId/health'
    | '/projects/$projectId/settings'
  word: string
  for: User['role']
}

/** The screens of one project, as tabs below its name. */
const projectScreens: readonly ProjectScreen[] = [
  { to: '/projects/$projectId', word: 'Runs', for: 'viewer' },
  { to: '/projects/$projectId/archives', word: 'Archives', for: 'viewer' },
  { to: '/projects/$projectId/health', word: 'Health', for: 'viewer' },
  { to: '/projects/$projectId/settings', word: 'Settings', for: 'admin' },
]

export function projectScreensFor(user: Pick<User, 'role'>): readonly ProjectScreen[] {
  return projectScreens.filter((screen) => hasRole(user, screen.for))
}
