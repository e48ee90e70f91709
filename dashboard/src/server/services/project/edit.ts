import { dirname } from 'node:path'
import { z } from 'zod'
import type { WatchedProject } from '../../ingest/watched-project.ts'
import { type Environment, projectNameProblem, readEnvFile, setVariables } from '../../toolkit.ts'
import type { credentialsOf } from '../credentials.ts'
import { addressProblems } from './addresses.ts'
import {
  asTheyAre,
  changesOf,
  hasOthersCommand,
  keptProblems,
  placed,
  unwritable,
  withoutEmpty,
} from './changes.ts'
import { makeEnvFile, openEnvFile, placeOfNew, replaceEnvFile, requireFreeName } from './env-files.ts'
import { repositoryProblem } from './repository-place.ts'
import { configurationProblems, type Trial, tryCandidate, type ValueProblem } from './trial.ts'
import {
  divide,
  isOffered,
  isSecret,
  shownValues,
  type Values,
  valueProblems,
  valuesSchema,
} from './variables.ts'

const nameSchema = z.string().trim().min(1, 'is needed').max(100)

export const newProjectSchema = z.object({ name: nameSchema, values: valuesSchema })
export const changesSchema = z.object({
  /** By name: an empty value takes the setting away. */
  values: valuesSchema,
  /** As the settings were when they were read. */
  fingerprint: z.string().max(200),
})

/** What came of settings: problems of single ones, else what the trial found. */
export interface Verdict extends Trial {
  problems: ValueProblem[]
}

type Credentials = Pick<
  ReturnType<typeof credentialsOf>,
  'environmentOf' | 'set' | 'clear' | 'keep' | 'command'
>

export type ProjectEditor = ReturnType<typeof projectEditorOf>

/** Makes and changes projects' env files: what is kept was tried before. */
export function projectEditorOf(parts: {
  /** The process's own. */
  environment: Environment
  /** The same, as far as it is the projects'. */
  surroundings: Environment
  /** Directories that no repository may be in. */
  kept: readonly string[]
  credentials: Credentials
}) {
  const { environment, surroundings, kept, credentials } = parts

  const problemsOf = async (values: Values): Promise<ValueProblem[]> => {
    const single = valueProblems(values)
    if (single.length > 0) return single
    const { BORG_REPO: repository = '' } = values
    const place = repository === '' ? undefined : await repositoryProblem(repository, kept)
    return [
      ...(place === undefined ? [] : [{ name: 'BORG_REPO', message: place }]),
      ...Object.entries(values).flatMap(([name, value]) => unwritable(name, value)),
      ...(await addressProblems(values)),
    ]
  }

  /** Secrets that the dashboard keeps sealed: they go before those of the file. */
  const sealedOf = (projectId: string): Values =>
    Object.fromEntries(
      Object.entries(credentials.environmentOf(projectId)).flatMap(([name, value]) =>
        isSecret(name) && value !== undefined ? [[name, value] as const] : [],
      ),
    )

  /** Secrets go under seal, and none into an env file. @param before those that are sealed already */
  const seal = (projectId: string, secrets: Values, before: Values, by: string): void => {
    for (const [name, value] of Object.entries(secrets))
      if (value !== '') credentials.set(projectId, { name, value }, by)
      else if (name in before) credentials.clear(projectId, name)
  }

  const readFileOf = async (project: WatchedProject) => {
    const file = await openEnvFile(project.envFile)
    const sealed = sealedOf(project.id)
    const written: Values = await readEnvFile(file.path, { reading: true })
    return { file, sealed, written, present: { ...written, ...sealed } }
  }

  /** What changes make of a project: its env file's text, and its secrets. */
  const candidateOf = (
    project: WatchedProject,
    values: Values,
    now: Awaited<ReturnType<typeof readFileOf>>,
  ) => {
    const { settings, secrets } = divide(values)
    const isSealing = Object.values(secrets).some((value) => value !== '')
    const fromFile = Object.keys(secrets).filter((name) => name in now.written)
    const text = setVariables(now.file.text, {
      ...settings,
      ...Object.fromEntries(fromFile.map((name) => [name, ''])),
      ...(isSealing && !hasOthersCommand(now) && { SECRETS_COMMAND: credentials.command(project.id) }),
    })
    return {
      name: project.name,
      text,
      secrets: withoutEmpty({ ...now.sealed, ...secrets }),
      changed: secrets,
    }
  }

  const nameProblems = (name: string): ValueProblem[] => {
    const message = projectNameProblem(name)
    return message === undefined ? [] : [{ name: 'name', message }]
  }

  return {
    /** What is wrong with settings of a project to come, as far as can be told without asking its server. @throws Problem PROJECT_EXISTS */
    async examineNew({ name, values }: z.infer<typeof newProjectSchema>): Promise<ValueProblem[]> {
      const problems = [...nameProblems(name), ...(await problemsOf(values))]
      if (problems.length > 0) return problems
      await requireFreeName(name, surroundings)
      const { settings, secrets } = divide(withoutEmpty(values))
      return configurationProblems({ name, text: setVariables('', settings), secrets }, surroundings)
    },

    /** The same of changes, with the names of those settings that would be others. @throws Problem ENV_FILE_NOT_OURS */
    async examineChange(project: WatchedProject, values: Values) {
      const now = await readFileOf(project)
      const changed = changesOf(values, now.present)
      const changes = Object.keys(changed)
      const problems = [...(await problemsOf(values)), ...keptProblems(values, changed, now)]
      if (problems.length > 0 || changes.length === 0) return { problems, changes }
      const candidate = candidateOf(project, changed, now)
      return { problems: await configurationProblems(candidate, surroundings), changes }
    },

    /** Every setting that can be set from here, secrets too: for what is sealed. @throws Problem ENV_FILE_NOT_OURS */
    async readAll(project: WatchedProject): Promise<Values> {
      const { present } = await readFileOf(project)
      return Object.fromEntries(
        Object.entries(present).filter(([name, value]) => isOffered(name) && value !== ''),
      )
    },

    /** Tries settings of a project to come. @throws Problem PROJECT_EXISTS */
    async tryNew(input: z.infer<typeof newProjectSchema>, part: 'project' | 'all'): Promise<Verdict> {
      const { name, values } = input
      const problems = [...nameProblems(name), ...(await problemsOf(values))]
      if (problems.length > 0) return { isGood: false, problems, conditions: [] }
      await requireFreeName(name, surroundings)
      const { settings, secrets } = divide(withoutEmpty(values))
      const candidate = { name, text: setVariables('', settings), secrets, part, stateDirectory: null }
      return { problems, ...(await tryCandidate(candidate, environment)) }
    },

    /** Where the env file of a project to come will be. @throws Problem PROJECT_EXISTS */
    async placeFor(name: string): Promise<string> {
      await requireFreeName(name, surroundings)
      return placeOfNew(name, surroundings)
    },

    /**
     * Keeps what was tried: secrets under seal, everything else in its env file. The seal comes first: no secret that was typed is lost.
     * @throws Problem PROJECT_EXISTS, KEY_MISSING
     */
    async keepNew(project: WatchedProject, values: Values, by: string): Promise<void> {
      const { settings, secrets } = divide(withoutEmpty(values))
      seal(project.id, secrets, {}, by)
      const isSealing = Object.keys(secrets).length > 0
      const command: Values = isSealing ? { SECRETS_COMMAND: credentials.command(project.id) } : {}
      await makeEnvFile(project.envFile, setVariables(head, { ...settings, ...command }))
    },

    /** What a form shows: settings as they are, and of secrets which there are. @throws Problem ENV_FILE_NOT_OURS */
    async read(project: WatchedProject) {
      const { file, present } = await readFileOf(project)
      const names = Object.keys(present).filter(isOffered)
      return {
        fingerprint: file.fingerprint,
        values: Object.fromEntries(
          names.filter((name) => !isSecret(name)).map((name) => [name, present[name] ?? '']),
        ),
        secrets: names.filter((name) => isSecret(name) && present[name] !== ''),
        /** Set in the file and not to be changed from here. */
        others: Object.keys(present).filter((name) => !isOffered(name)),
      }
    },

    /**
     * Tries changed settings, and keeps them where they are good, or where that is wanted regardless.
     * @throws Problem ENV_FILE_NOT_OURS, ENV_FILE_CHANGED
     */
    async change(
      project: WatchedProject,
      { values, fingerprint }: z.infer<typeof changesSchema>,
      keep: 'if good' | 'regardless' | 'no',
      by: string,
    ): Promise<Verdict & { isKept: boolean; before: Values; after: Values }> {
      const now = await readFileOf(project)
      const { file, present, written } = now
      const changed = changesOf(values, present)
      const problems = [...(await problemsOf(values)), ...keptProblems(values, changed, now)]
      const noted = { before: shownValues(asTheyAre(changed, present)), after: shownValues(changed) }
      if (problems.length > 0) return { ...noted, isGood: false, isKept: false, problems, conditions: [] }
      const candidate = candidateOf(project, changed, now)
      const { name, text, secrets } = candidate
      const tried = placed(text, now, dirname(file.path))
      const stateDirectory = project.stateDirectory || null
      const verdict = await tryCandidate(
        { name, text: tried, secrets, part: 'all', stateDirectory },
        environment,
      )
      const isKept = keep === 'regardless' || (keep === 'if good' && verdict.isGood)
      if (isKept)
        await replaceEnvFile({ ...file, fingerprint }, text, () => {
          for (const [secret, value] of Object.entries(written))
            if (secret in candidate.changed && value !== '')
              credentials.keep(project.id, { name: secret, value }, by)
          seal(project.id, candidate.changed, now.sealed, by)
        })
      return { ...noted, problems, ...verdict, isKept }
    },
  }
}

const head = '# Made by the dashboard.\n'
