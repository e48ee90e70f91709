import { type Condition, failedCondition } from '../preflight/condition.ts'
import type { ProjectApi } from './client.ts'
import { createManagementClient } from './client.ts'
import { requireAwake } from './project.ts'

const subject = 'management api'

/** Is the access token good, and the project awake? */
export async function checkManagementApi({ endpoint, ref }: ProjectApi): Promise<Condition> {
  const client = createManagementClient({ endpoint })
  try {
    const { name, region, status } = await requireAwake(client, ref)
    const text = `The access token is good; the project ${name} (${ref}, ${region}) is awake: ${status}`
    return { status: 'OK', subject, text }
  } catch (error) {
    return failedCondition(subject, error)
  } finally {
    await client.close()
  }
}
