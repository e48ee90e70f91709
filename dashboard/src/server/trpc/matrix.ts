import { z } from 'zod'
import type { Principal } from '../auth/principal.ts'
import { type Access, mayAct, type Role, roles } from '../auth/roles.ts'
import { appRouter } from './router.ts'

/** A call, and who may make it. */
export interface ProcedureRights {
  path: string
  type: string
  access: Access | undefined
  action: string | undefined
  allows(principal: Principal | undefined): boolean
}

const definitionSchema = z.object({
  type: z.string(),
  meta: z
    .object({ access: z.enum(['everybody', 'person', ...roles]), action: z.string().optional() })
    .optional(),
})

/** Every call of the screens, as the router itself says it. */
export function procedures(): ProcedureRights[] {
  // The router has them by their whole paths, which its type does not say.
  const found: [string, unknown][] = Object.entries(appRouter._def.procedures)
  return found.map(([path, procedure]) => {
    if (typeof procedure !== 'function') throw new TypeError(`${path} is no procedure.`)
    const { meta, type } = definitionSchema.parse(Reflect.get(procedure, '_def'))
    const access = meta?.access
    return { path, type, access, action: meta?.action, allows: (principal) => allows(access, principal) }
  })
}

function allows(access: Access | undefined, principal: Principal | undefined): boolean {
  if (access === 'everybody') return true
  if (access === undefined || principal === undefined) return false
  return access === 'person' ? principal.kind === 'user' : mayAct(principal.role, access)
}

/** The page that shows it. */
export function matrixPage(): string {
  const rows = procedures().map(({ path, type, access }) => {
    const cells = [access === 'everybody', ...roles.map((role) => mayAs(access, role)), isForTokens(access)]
    return `| \`${path}\` | ${type === 'mutation' ? 'changes' : 'looks'} | ${cells.map((may) => (may ? 'yes' : '–')).join(' | ')} |`
  })
  return `# Roles of the dashboard

Who may make which call of the [dashboard](../how-to/dashboard.md). Made from the calls themselves by its tests, which try each of them
as each of these.

A viewer looks. An operator also backs up, drills and cancels. An admin also takes projects in and out. A token has the same roles, for
programs; what is a person's own, such as a password, takes a person.

| call | | nobody | ${roles.join(' | ')} | tokens |
|---|---|---|---|---|---|---|
${rows.join('\n')}
`
}

function mayAs(access: Access | undefined, role: Role): boolean {
  return access === 'everybody' || access === 'person' || (access !== undefined && mayAct(role, access))
}

function isForTokens(access: Access | undefined): boolean {
  return access !== 'person'
}
