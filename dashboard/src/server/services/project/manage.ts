import { eq } from 'drizzle-orm'
import { z } from 'zod'
import type { Database } from '../../db/open.ts'
import { projects } from '../../db/schema/index.ts'
import type { Watch } from '../../ingest/watch.ts'
import { notFound, Problem } from '../../problem.ts'
import type { Environment } from '../../toolkit.ts'
import type { credentialsOf } from '../credentials.ts'
import { labelSchema } from '../label-name.ts'
import type { Labels } from '../labels.ts'
import type { Registry } from '../registry.ts'
import type { Removed } from '../removed.ts'
import { changesSchema, newProjectSchema, type ProjectEditor, type Verdict } from './edit.ts'
import { isInPlace, openEnvFile, projectExists, putBack, setAside } from './env-files.ts'

const environmentSchema = z.enum(['development', 'staging', 'production'])

const labelsSchema = z.array(labelSchema).max(20, 'may be 20 at most')

/** Where a project belongs: what only the dashboard knows of it. */
export const placeSchema = z.object({
  environment: environmentSchema.nullable(),
  groups: labelsSchema,
  tags: labelsSchema,
})
export type ProjectPlace = z.infer<typeof placeSchema>

export const addSchema = newProjectSchema.extend({
  place: placeSchema,
  /** Keeps settings of which something failed, having seen what. */
  regardless: z.boolean().default(false),
})
export const changeSchema = changesSchema.extend({ keep: z.enum(['if good', 'regardless', 'no']) })
export const removeSchema = z.object({
  /** The project's name, typed. */
  typed: z.string().max(200),
})

/** What may be changed without asking the project: what is not said stays as it is. */
export const changesWanted = z.strictObject({
  ...placeSchema.partial().shape,
  isInactive: z.boolean().optional(),
})

export type ProjectManager = ReturnType<typeof projectManagerOf>

/** Adds, changes, rests and removes projects. */
export function projectManagerOf(parts: {
  database: Database
  registry: Registry
  watch: Watch
  labels: Labels
  removed: Removed
  editor: ProjectEditor
  credentials: Pick<ReturnType<typeof credentialsOf>, 'countFormer'>
  surroundings: Environment
}) {
  const { database, registry, removed, watch, labels, editor, credentials, surroundings } = parts

  const placeOf = (id: string): ProjectPlace => {
    const row = database
      .select({ environment: projects.environment })
      .from(projects)
      .where(eq(projects.id, id))
      .get()
    if (row === undefined) throw notFound('project')
    return { environment: row.environment, groups: labels.of(id, 'group'), tags: labels.of(id, 'tag') }
  }

  const setPlace = (id: string, { environment, groups, tags }: ProjectPlace): void => {
    database.update(projects).set({ environment }).where(eq(projects.id, id)).run()
    labels.set(id, 'group', groups)
    labels.set(id, 'tag', tags)
    registry.get(id).environment = environment
  }

  const setInactive = (id: string, isInactive: boolean, now: Date) => {
    const project = registry.get(id)
    const before = { isInactive: project.inactiveSince !== null }
    const inactiveSince = isInactive ? (project.inactiveSince ?? now) : null
    database.update(projects).set({ inactiveSince }).where(eq(projects.id, id)).run()
    project.inactiveSince = inactiveSince
    return { before, after: { isInactive } }
  }

  return {
    placeOf,

    /** @returns what it was before and is now, for the audit */
    setPlace(id: string, place: ProjectPlace) {
      const before = placeOf(id)
      setPlace(id, place)
      return { before, after: placeOf(id) }
    },

    /**
     * Adds a project whose settings were tried live.
     * @returns its id, or null with what stands in the way
     * @throws Problem PROJECT_EXISTS
     */
    async add(input: z.infer<typeof addSchema>, by: string): Promise<Verdict & { id: string | null }> {
      const verdict = await editor.tryNew(input, 'all')
      if (verdict.problems.length > 0 || !(verdict.isGood || input.regardless))
        return { ...verdict, id: null }
      const envFile = await editor.placeFor(input.name)
      const isKnown = registry.all().some((project) => project.envFile === envFile)
      // One whose env file is gone may only be away: its row is not another's.
      if (isKnown) throw projectExists(input.name)
      const project = registry.add(envFile, { origin: 'found', name: input.name, isNew: true })
      try {
        await editor.keepNew(project, input.values, by)
      } catch (error) {
        registry.abandon(project.id)
        throw error
      }
      setPlace(project.id, input.place)
      await watch.refresh(project)
      return { ...verdict, id: project.id }
    },

    /** What a form shows of its settings, and how many secrets that were replaced are kept. */
    async settings(id: string) {
      return { ...(await editor.read(registry.get(id))), former: credentials.countFormer(id) }
    },

    async change(id: string, input: z.infer<typeof changeSchema>, by: string) {
      const project = registry.get(id)
      const result = await editor.change(project, input, input.keep, by)
      if (result.isKept) await watch.refresh(project)
      return result
    },

    /** No run of it is started from here until it is woken. Timers of the machine are not the dashboard's, and go on. */
    setInactive: (id: string, isInactive: boolean, now = new Date()) => setInactive(id, isInactive, now),

    /** Both of it. @returns what it was before and is now, for the audit */
    changeMarks(id: string, { isInactive, ...changes }: z.infer<typeof changesWanted>, now = new Date()) {
      const before = placeOf(id)
      const { environment = before.environment, groups = before.groups, tags = before.tags } = changes
      setPlace(id, { environment, groups, tags })
      const rest = isInactive === undefined ? undefined : setInactive(id, isInactive, now)
      return { before: { ...before, ...rest?.before }, after: { ...placeOf(id), ...rest?.after } }
    },

    /**
     * Takes a project out of the dashboard. Archives, backups and reports stay, and so does what they are read with: its sealed secrets, and
     * its env file, which where the scripts would find it by themselves is set aside, elsewhere stays as it is.
     * @returns where its env file is now; null where it is gone
     * @throws Problem NAME_MISTYPED, PROJECT_BUSY, ENV_FILE_NOT_OURS
     */
    async remove(id: string, { typed }: z.infer<typeof removeSchema>, by: string) {
      const project = registry.get(id)
      if (typed.trim() !== project.name) throw nameMistyped(project.name)
      if (project.running !== null) throw running(project.name)
      const envFile = project.problem?.code === 'ENV_FILE_MISSING' ? null : project.envFile
      const isMoved = envFile !== null && isInPlace(envFile, surroundings)
      if (isMoved) await openEnvFile(envFile)
      const kept = isMoved ? await setAside(envFile) : envFile
      registry.forget(id, kept, by)
      return { envFile: kept, hasSecrets: removed.has(id) && removed.secretsOf(id).length > 0 }
    },

    removed: () => removed.list(),

    /**
     * Makes one a project again, with its env file where it was and its secrets.
     * @throws Problem NOT_FOUND, PROJECT_EXISTS, ENV_FILE_NOT_OURS
     */
    async putBack(id: string): Promise<{ id: string }> {
      const { name, envFile, keptAs } = removed.find(id)
      if (registry.all().some((project) => project.envFile === envFile)) throw projectExists(name)
      if (keptAs === null || keptAs === envFile) await openEnvFile(envFile)
      else await putBack(keptAs, envFile)
      const origin = isInPlace(envFile, surroundings) ? 'found' : 'adopted'
      const project = registry.add(envFile, { origin, name, removed: id })
      await watch.refresh(project)
      return { id: project.id }
    },

    /**
     * Lets go of a removed project for good: of its sealed secrets, without which its archives may be readable by nobody. Its env file and its
     * archives stay where they are.
     * @throws Problem NOT_FOUND, NAME_MISTYPED
     */
    drop(id: string, { typed }: z.infer<typeof removeSchema>): { before: string[] } {
      const { name } = removed.find(id)
      if (typed.trim() !== name) throw nameMistyped(name)
      const before = removed.secretsOf(id).map((secret) => secret.name)
      removed.drop(id)
      return { before }
    },
  }
}

function nameMistyped(name: string): Problem {
  return new Problem({
    status: 400,
    code: 'NAME_MISTYPED',
    message: 'That is not the name of the project.',
    suggestion: `Type it as it stands: ${name}`,
  })
}

function running(name: string): Problem {
  return new Problem({
    status: 409,
    code: 'PROJECT_BUSY',
    message: `A run of ${name} is under way.`,
    suggestion: 'Wait for it to end, or cancel it.',
  })
}
