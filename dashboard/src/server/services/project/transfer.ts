import { z } from 'zod'
import { Problem } from '../../problem.ts'
import { projectNameProblem } from '../../toolkit.ts'
import type { Registry } from '../registry.ts'
import type { ProjectEditor } from './edit.ts'
import { type ExportedProject, toCsv, toJson } from './export-file.ts'
import { type FileRow, importFileSchema, readImport } from './import-file.ts'
import { type ProjectManager, type ProjectPlace, placeSchema } from './manage.ts'
import { passphraseSchema, sealFile } from './sealed-file.ts'
import type { ValueProblem } from './trial.ts'
import { isSecret } from './variables.ts'

/** So many projects are tried in one call, each for as long as its server takes. */
const mostAtOnce = 10

export const exportSchema = z.object({ format: z.enum(['csv', 'json']) })
export const sealedExportSchema = z.object({ passphrase: passphraseSchema })
export const applySchema = importFileSchema.extend({
  /** The rows to be taken in now, by their numbers in the plan. */
  rows: z.array(z.number().int().min(1)).min(1).max(mostAtOnce, `may be ${mostAtOnce} at once`),
  /** Keeps what was tried and failed, too. */
  regardless: z.boolean().default(false),
})

/** What an import would do with a project of its file, or has done. */
export interface RowVerdict {
  row: number
  name: string
  verdict: 'add' | 'change' | 'same' | 'refused' | 'added' | 'changed' | 'failed'
  /** Names of what is set or changed; no values. */
  changes: string[]
  /** Why not; of a trial, the conditions that failed. */
  problems: ValueProblem[]
}

/** Takes projects in from files and out into them. */
export function projectTransferOf(parts: {
  registry: Registry
  editor: ProjectEditor
  manager: ProjectManager
}) {
  const { registry, editor, manager } = parts

  const idOf = (name: string) => registry.all().find((project) => project.name === name)?.id

  const placeWith = ({ environment, groups, tags }: FileRow, before: ProjectPlace) =>
    placeSchema.safeParse({
      environment: environment === undefined ? before.environment : environment,
      groups: groups ?? before.groups,
      tags: tags ?? before.tags,
    })

  const planRow = async (row: FileRow, isTwice: boolean): Promise<RowVerdict> => {
    const base = { row: row.row, name: row.name, changes: [], problems: [] }
    const problem = projectNameProblem(row.name)
    if (problem !== undefined) return refuse(base, [{ name: 'name', message: problem }])
    if (isTwice) return refuse(base, [{ name: 'name', message: 'is in the file twice' }])
    const id = idOf(row.name)
    const before = id === undefined ? nowhere : manager.placeOf(id)
    const place = placeWith(row, before)
    if (!place.success) return refuse(base, placeProblems(place.error))
    if (id === undefined) {
      const problems = await editor.examineNew(row)
      return problems.length > 0
        ? refuse(base, problems)
        : { ...base, verdict: 'add', changes: Object.keys(row.values) }
    }
    const { problems, changes } = await editor.examineChange(registry.get(id), row.values)
    if (problems.length > 0) return refuse(base, problems)
    const moved = isSame(before, place.data) ? [] : ['environment, groups and tags']
    const all = [...changes, ...moved]
    return { ...base, verdict: all.length === 0 ? 'same' : 'change', changes: all }
  }

  const planOf = async (rows: FileRow[]): Promise<RowVerdict[]> => {
    const seen = new Set<string>()
    const plan: RowVerdict[] = []
    for (const row of rows) {
      plan.push(await planRow(row, seen.has(row.name)).catch((error) => failed(row, 'refused', error)))
      seen.add(row.name)
    }
    return plan
  }

  const applyRow = async (
    row: FileRow,
    planned: RowVerdict,
    { regardless, by }: { regardless: boolean; by: string },
  ): Promise<RowVerdict> => {
    const { verdict } = planned
    if (verdict !== 'add' && verdict !== 'change') return planned
    const id = idOf(row.name)
    const place = placeWith(row, id === undefined ? nowhere : manager.placeOf(id)).data ?? nowhere
    if (id === undefined) {
      const added = await manager.add({ name: row.name, values: row.values, place, regardless }, by)
      return outcome(planned, added.id !== null, added)
    }
    const { fingerprint } = await manager.settings(id)
    const isSetting = Object.keys(row.values).length > 0
    const keep = regardless ? ('regardless' as const) : ('if good' as const)
    const changed = isSetting ? await manager.change(id, { values: row.values, fingerprint, keep }, by) : asIs
    if (changed.isKept) manager.setPlace(id, place)
    return outcome(planned, changed.isKept, changed)
  }

  const exported = async (ids: readonly string[], withSecrets: boolean): Promise<ExportedProject[]> =>
    Promise.all(
      ids.map(async (id) => {
        const project = registry.get(id)
        const all = await editor.readAll(project)
        const of = (secret: boolean) =>
          Object.fromEntries(Object.entries(all).filter(([name]) => isSecret(name) === secret))
        return {
          ...{ name: project.name, ...manager.placeOf(id), settings: of(false) },
          ...(withSecrets && { secrets: of(true) }),
        }
      }),
    )

  return {
    /** What an import would do, a verdict a project; nothing is changed, and no server is asked. */
    plan: async (input: z.infer<typeof importFileSchema>) => planOf(await readImport(input)),

    /** Takes in some projects of the file, each tried live before it is kept. @returns what came of them */
    async apply(input: z.infer<typeof applySchema>, by: string): Promise<RowVerdict[]> {
      const rows = await readImport(input)
      const plan = await planOf(rows)
      const results: RowVerdict[] = []
      for (const number of input.rows) {
        const row = rows[number - 1]
        const planned = plan[number - 1]
        if (row === undefined || planned === undefined) throw noRow(number)
        results.push(
          await applyRow(row, planned, { regardless: input.regardless, by }).catch((error) =>
            failed(row, 'failed', error),
          ),
        )
      }
      return results
    },

    /** A file of projects without any secret. */
    async export(ids: readonly string[], format: 'csv' | 'json'): Promise<string> {
      const projects = await exported(ids, false)
      return format === 'csv' ? toCsv(projects) : toJson(projects)
    },

    /** A file of projects with their secrets, which takes the passphrase to read. */
    async exportSealed(ids: readonly string[], passphrase: string): Promise<string> {
      return `${JSON.stringify(await sealFile(toJson(await exported(ids, true)), passphrase))}\n`
    },
  }
}

const nowhere: ProjectPlace = { environment: null, groups: [], tags: [] }
const asIs = { isKept: true, problems: [], conditions: [] }

function refuse(base: Omit<RowVerdict, 'verdict'>, problems: ValueProblem[]): RowVerdict {
  return { ...base, verdict: 'refused', problems }
}

function placeProblems(error: z.ZodError): ValueProblem[] {
  return error.issues.map(({ path, message }) => ({ name: String(path[0]), message }))
}

function isSame(a: ProjectPlace, b: ProjectPlace): boolean {
  const said = ({ environment, groups, tags }: ProjectPlace) =>
    JSON.stringify([environment, groups.toSorted(), tags.toSorted()])
  return said(a) === said(b)
}

function outcome(
  planned: RowVerdict,
  isKept: boolean,
  {
    problems,
    conditions,
  }: { problems: ValueProblem[]; conditions: { status: string; subject: string; text: string }[] },
): RowVerdict {
  if (isKept) return { ...planned, verdict: planned.verdict === 'add' ? 'added' : 'changed' }
  const found = conditions.filter(({ status }) => status === 'FAIL')
  const said = found.map(({ subject, text }) => ({ name: subject, message: text }))
  return { ...planned, verdict: 'failed', problems: [...problems, ...said] }
}

/** One project of a file that cannot be taken in keeps none of the others from being. */
function failed({ row, name }: FileRow, verdict: 'refused' | 'failed', error: unknown): RowVerdict {
  if (!(error instanceof Error) || !('code' in error)) throw error
  return { row, name, verdict, changes: [], problems: [{ name: 'project', message: error.message }] }
}

function noRow(number: number): Problem {
  return new Problem({
    status: 400,
    code: 'IMPORT_ROW_UNKNOWN',
    message: `The file has no project number ${number}.`,
    suggestion: 'Look at what it would do again.',
  })
}
