import type { Problem } from './problem.ts'
import { closestName, editDistance } from './suggest.ts'
import { type VariableName, variableNames } from './variables.ts'

/** Names that the env file sets and nobody knows. */
export function unknownNames(names: readonly string[], envFile: string): Problem[] {
  const known: readonly string[] = variableNames
  return names
    .filter((name) => !known.includes(name))
    .map((name): Problem => {
      const closest = closestName(name, known)
      return {
        code: 'CONFIG_UNKNOWN_VARIABLE',
        message: `${envFile} sets ${name}, which is not a variable of this toolkit.`,
        suggestion:
          closest === undefined ? 'Remove it; .env.example lists them all.' : `Did you mean ${closest}?`,
      }
    })
}

/** A store holds names of others too, which are left alone; one that is nearly a variable's is a slip of the keyboard. */
function misspeltNames(names: readonly string[]): Problem[] {
  const known: readonly string[] = variableNames
  return names.flatMap((name): Problem[] => {
    const meant = known.find((candidate) => editDistance(name, candidate) <= 2)
    if (meant === undefined || known.includes(name)) return []
    return [
      {
        code: 'CONFIG_UNKNOWN_VARIABLE',
        message: `SECRETS_COMMAND prints ${name}, which is not a variable of this toolkit.`,
        suggestion: `Did you mean ${meant}?`,
      },
    ]
  })
}

/** Names that SECRETS_COMMAND must not print. */
export function refusedNames(names: readonly string[]): Problem[] {
  return [...misspeltNames(names), ...namesOfTheFile(names)]
}

/** What is also read by commands that run nothing of the configuration, such as --status. */
const fileOnly: readonly VariableName[] = [
  ...(['PROJECT_NAME', 'TARGET_ONLY', 'SECRETS_COMMAND', 'SECRETS_COMMAND_TIMEOUT_SEC'] as const),
  ...(['LOCAL_BACKUP_DIR', 'BORG_EXTRACT_DIR', 'HOOKS_DIR', 'MAX_AGE_BACKUP', 'MAX_AGE_DRILL'] as const),
]

function namesOfTheFile(names: readonly string[]): Problem[] {
  return fileOnly
    .filter((name) => names.includes(name))
    .map((name) => ({
      code: 'SECRETS_COMMAND_NAME',
      message: `SECRETS_COMMAND prints ${name}, which commands need that do not run it, such as --status.`,
      suggestion: `Set ${name} in the env file, and have the command leave it out.`,
    }))
}
