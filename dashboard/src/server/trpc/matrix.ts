import { z } from 'zod'
import { refusalOf } from '../auth/access.ts'
import type { Principal } from '../auth/principal.ts'
import { type Access, mayAct, type Reach, type Role, reaches, roles } from '../auth/roles.ts'
import { appRouter } from './router.ts'

/** A call, and who may make it. */
export interface ProcedureRights {
  path: string
  type: string
  access: Access | undefined
  reach: Reach | undefined
  /** Whether what is sent names a project. */
  isOfProject: boolean
  action: string | undefined
  /** Whether somebody may make it, for a project that they see where it is for one. */
  allows(principal: Principal | undefined): boolean
}

const definitionSchema = z.object({
  type: z.string(),
  meta: z
    .object({
      access: z.enum(['everybody', 'person', ...roles]),
      reach: z.enum(reaches),
      action: z.string().optional(),
    })
    .optional(),
  inputs: z.array(z.custom<z.ZodType>((schema) => schema instanceof z.ZodType)),
})

/** Every call of the screens, as the router itself says it. */
export function procedures(): ProcedureRights[] {
  // The router has them by their whole paths, which its type does not say.
  const found: [string, unknown][] = Object.entries(appRouter._def.procedures)
  return found.map(([path, procedure]) => {
    if (typeof procedure !== 'function') throw new TypeError(`${path} is no procedure.`)
    const { meta, type, inputs } = definitionSchema.parse(Reflect.get(procedure, '_def'))
    const isOfProject = inputs.some((schema) =>
      /"\w*[pP]rojectIds?":/.test(
        JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })),
      ),
    )
    const allows = (principal: Principal | undefined) =>
      meta !== undefined && refusalOf(meta.access, principal, meta.reach) === undefined
    return { path, type, access: meta?.access, reach: meta?.reach, action: meta?.action, isOfProject, allows }
  })
}

/** The page that shows it. */
export function matrixPage(): string {
  const rows = procedures().map(({ path, type, access, reach }) => {
    const cells = [access === 'everybody', ...roles.map((role) => mayAs(access, role)), isForTokens(access)]
    return `| \`${path}\` | ${type === 'mutation' ? 'changes' : 'looks'} | ${cells.map((may) => (may ? 'yes' : '–')).join(' | ')} | ${narrowedTo(access, reach)} |`
  })
  return `# Roles of the dashboard

Who may make which call of the [dashboard](../how-to/dashboard.md). Made from the calls themselves by its tests, which try each of them
as each of these.

A viewer looks. An operator also backs up, drills, restores into test projects, pins archives and cancels. An admin also restores over
projects, unpins and deletes archives, and takes projects in and out. A token has the same roles, for programs; what is a person's own, such as a password, takes a person.

A role may be narrowed to groups of projects. Then it makes calls for the projects of these groups, lists show those alone, and all others
are as if they were not there; what is about the whole dashboard takes a role that is not narrowed.

| call | | nobody | ${roles.join(' | ')} | tokens | narrowed |
|---|---|---|---|---|---|---|---|
${rows.join('\n')}
`
}

function mayAs(access: Access | undefined, role: Role): boolean {
  return access === 'everybody' || access === 'person' || (access !== undefined && mayAct(role, access))
}

function isForTokens(access: Access | undefined): boolean {
  return access !== 'person'
}

function narrowedTo(access: Access | undefined, reach: Reach | undefined): string {
  if (access === 'everybody' || access === 'person') return 'the same'
  return reach === 'everywhere' ? '–' : 'its projects'
}
