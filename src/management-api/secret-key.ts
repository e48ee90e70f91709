import { z } from 'zod'
import { BackupError, ExitCode } from '../common/errors.ts'
import { addSecrets } from '../common/redact.ts'
import type { ProjectApi } from './client.ts'
import { createManagementClient } from './client.ts'
import { asApiErrors, projectPath } from './project.ts'

const keysSchema = z.array(
  z.looseObject({
    name: z.string(),
    type: z.string().nullish(),
    api_key: z.string().nullish(),
    secret_jwt_template: z.looseObject({ role: z.string().nullish() }).nullish(),
  }),
)

/**
 * A key that reads every Storage object and every user, for who has only an access token: a secret key, else the legacy service_role key. It is
 * kept in memory alone.
 * @throws BackupError API_KEY_UNKNOWN, and those of `asApiErrors`
 */
export async function revealSecretKey({ endpoint, ref }: ProjectApi): Promise<string> {
  const client = createManagementClient({ endpoint })
  try {
    const path = projectPath(ref, '/api-keys?reveal=true')
    const keys = await asApiErrors(ref, () => client.call({ method: 'GET', path }, keysSchema))
    const found =
      keys.find(({ type, secret_jwt_template: of }) => type === 'secret' && of?.role === 'service_role') ??
      keys.find(({ name }) => name === 'service_role')
    const key = found?.api_key
    addSecrets(keys.map((each) => each.api_key ?? undefined))
    if (key) return key
    throw unknown(ref)
  } finally {
    await client.close()
  }
}

function unknown(ref: string): BackupError {
  return new BackupError({
    code: 'API_KEY_UNKNOWN',
    message: `The Management API shows no secret key of the project ${ref}.`,
    suggestion:
      'Make one (Supabase dashboard, Project Settings, API Keys) and set SUPABASE_SERVICE_ROLE_KEY; the token needs api_gateway_keys_read.',
    phase: 'management-api/keys',
    exitCode: ExitCode.configuration,
  })
}
