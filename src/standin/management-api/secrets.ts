import { createHash } from 'node:crypto'
import { z } from 'zod'
import { ApiFault, type Handler, ok } from './exchange.ts'

const secretsSchema = z.array(z.object({ name: z.string().min(1).max(256), value: z.string().max(24_576) }))

/** Names, and digests in place of the values. */
export const list: Handler = ({ project }) =>
  ok(
    [...project.secrets].map(([name, value]) => ({
      name,
      value: createHash('sha256').update(value).digest('hex'),
    })),
  )

export const set: Handler = async ({ project, json }) => {
  const secrets = secretsSchema.parse(await json())
  if (secrets.some(({ name }) => name.startsWith('SUPABASE_')))
    throw new ApiFault(400, 'Secret name must not start with the SUPABASE_ prefix')
  for (const { name, value } of secrets) project.secrets.set(name, value)
  return { status: 201 }
}

export const remove: Handler = async ({ project, json }) => {
  for (const name of z.array(z.string()).parse(await json())) project.secrets.delete(name)
  return { status: 200 }
}
