import { text } from 'node:stream/consumers'
import { z } from 'zod'
import type { App } from '../app.ts'
import { labelSchema } from '../services/label-name.ts'
import { emailSchema, passwordSchema, roleSchema } from '../services/people.ts'
import { plainName } from '../services/plain-name.ts'
import { type CommandLine, usageProblem } from './arguments.ts'

const longestTokenDays = 366
const dayMs = 86_400_000

/** What is done to users and tokens from the command line, by whoever may read the dashboard's files anyway. */
export async function userCommand(app: App, line: CommandLine): Promise<string> {
  const email = check(emailSchema, line.email, '--email')
  const note = (action: string) => app.audit.add({ by: 'command line', address: '', action, subject: email })
  if (line.command === 'user create') {
    const role = check(roleSchema, line.role, '--role')
    const password = check(passwordSchema, await readPassword(), 'the password on stdin')
    await app.people.add({
      email,
      role,
      password,
      name: line.name ?? email.split('@')[0] ?? email,
      groups: groupsOf(line),
    })
    note('create user')
    return `${email} may sign in, as ${role}.`
  }
  const user = app.people.findByEmail(email)
  if (user === undefined) throw usageProblem(`There is no user ${email}.`)
  if (line.command === 'user password') {
    await app.people.setPassword(
      user.id,
      check(passwordSchema, await readPassword(), 'the password on stdin'),
    )
    app.sessions.endOthers(user.id, undefined)
    app.limits.forget(email)
    note('set password')
    return `${email} has a new password, and is signed out everywhere.`
  }
  app.people.setTotp(user.id, null, null)
  note('remove two-factor')
  return `${email} signs in without a second factor.`
}

/** @returns the token, alone, for scripts to take it */
export function tokenCommand(app: App, line: CommandLine): string {
  const name = check(plainName(100), line.name, '--name')
  const role = check(roleSchema, line.role, '--role')
  const expiresAt = line.expires === undefined ? null : new Date(Date.now() + daysOf(line.expires) * dayMs)
  const groups = groupsOf(line)
  const token = app.tokens.add({ name, role, groups, expiresAt })
  app.audit.add({
    ...{ by: 'command line', address: '', action: 'create token', subject: name },
    details: { role, groups, expiresAt: expiresAt?.toISOString() ?? null },
  })
  return token
}

function daysOf(text: string): number {
  const days = Number(/^(\d{1,3})d$/.exec(text)?.[1])
  if (days >= 1 && days <= longestTokenDays) return days
  throw usageProblem(`--expires takes days, 1d to ${longestTokenDays}d, not ${text}.`)
}

/** Groups that a role is narrowed to; null for all projects. */
function groupsOf({ groups }: CommandLine): string[] | null {
  return groups === undefined ? null : check(z.array(labelSchema), groups.split(','), '--groups')
}

function check<Output>(schema: z.ZodType<Output>, value: unknown, what: string): Output {
  if (value === undefined) throw usageProblem(`${what} is missing.`)
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw usageProblem(`${what}: ${parsed.error.issues[0]?.message ?? 'is not valid'}.`)
}

/** The first line of stdin: it never stands among the arguments, where everybody on the machine could read it. */
async function readPassword(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write('Password (it is shown as you type): ')
  return (await text(process.stdin)).split('\n')[0] ?? ''
}
