import type { User } from './screens'

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
