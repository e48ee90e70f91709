import { projectName } from './kinds.ts'

const longestName = 100
/** What follows a project's name in those of its safety backups: a project called so would share them. */
const reservedEnding = '-before-restore'

/**
 * What is wrong with a project's name, completing `the name …`. It becomes part of the names of files, directories, units and
 * archives, so this is the only rule for it; `arguments_is_project_name` in src/shell/arguments.sh says the same.
 */
export function projectNameProblem(name: string): string | undefined {
  const parsed = projectName().safeParse(name)
  if (!parsed.success) return parsed.error.issues[0]?.message
  if (name.length > longestName) return `may have ${longestName} characters at most`
  if (name.endsWith(reservedEnding)) return `must not end in ${reservedEnding}`
  return undefined
}
