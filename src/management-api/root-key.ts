import { z } from 'zod'
import { addSecrets } from '../common/redact.ts'
import { type HttpClient, jsonExchange } from '../http/client.ts'
import type { ProjectApi } from './client.ts'
import { createManagementClient } from './client.ts'
import { asApiErrors, projectPath } from './project.ts'

const keySchema = z.object({ root_key: z.string() })

/**
 * The key that everything in the project's vault is encrypted with, 64 hexadecimal digits.
 * @throws BackupError of `asApiErrors`: a scoped token needs `project_admin_write`, even to read it
 */
export async function fetchRootKey(api: ProjectApi, signal?: AbortSignal): Promise<string> {
  return ask(api, signal, (client, path) => client.call({ method: 'GET', path }, keySchema))
}

/** Makes another one the project's: what is encrypted with the one before can no longer be read. @throws BackupError as above */
export async function replaceRootKey(api: ProjectApi, key: string, signal?: AbortSignal): Promise<void> {
  await ask(api, signal, (client, path) =>
    client.call(jsonExchange('PUT', path, { root_key: key }), keySchema),
  )
}

async function ask(
  { endpoint, ref }: ProjectApi,
  signal: AbortSignal | undefined,
  exchange: (client: HttpClient, path: string) => Promise<z.infer<typeof keySchema>>,
): Promise<string> {
  const client = createManagementClient({ endpoint, signal })
  try {
    const asking = () => exchange(client, projectPath(ref, '/pgsodium'))
    const { root_key: key } = await asApiErrors(ref, asking, 'project_admin_write')
    addSecrets([key])
    return key
  } finally {
    await client.close()
  }
}
