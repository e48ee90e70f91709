import type { Outputs } from '~/client/client'

type Project = Outputs['projects']['list'][number]

/** Size of all repositories: one that several projects share once, as it was told last. */
export function inRepositories(
  projects: readonly Pick<Project, 'id' | 'repository' | 'repositoryBytes' | 'repositorySizedAt'>[],
): number {
  const sizes = new Map<string, { bytes: number; at: number }>()
  for (const { id, repository, repositoryBytes: bytes, repositorySizedAt } of projects) {
    const key = repository ?? `of ${id}`
    const at = Date.parse(repositorySizedAt ?? '') || 0
    if (bytes !== null && at >= (sizes.get(key)?.at ?? 0)) sizes.set(key, { bytes, at })
  }
  return [...sizes.values()].reduce((sum, { bytes }) => sum + bytes, 0)
}
