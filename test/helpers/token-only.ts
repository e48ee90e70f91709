import { grantLoginIn } from '../../src/standin/management-api/grant-login.ts'
import type { ProjectState } from '../../src/standin/management-api/project-state.ts'
import { type ManagementApi, startManagementApi } from '../../src/standin/management-api/server.ts'
import { type SessionPoolerStandin, startSessionPooler } from './session-pooler.ts'

/** A project whose database is reached with an access token only: its API and its pooler, both by one loopback address. */
export interface TokenOnlyProject {
  ref: string
  token: string
  api: ManagementApi
  state: ProjectState
  pooler: SessionPoolerStandin
  /** Those that the API has made, in their order. */
  passwords: string[]
  /** What the API lets in, in the words of `openTarget`. */
  settings: { PROJECT_REF: string; ACCESS_TOKEN: string; API_URL: string }
  stop(): Promise<void>
}

const token = `sbp_${'a1b2c3d4e5'.repeat(4)}`

export async function startTokenOnlyProject(options: {
  ref: string
  superuserUrl: string
}): Promise<TokenOnlyProject> {
  const { ref, superuserUrl } = options
  const pooler = await startSessionPooler(superuserUrl)
  const passwords: string[] = []
  const grant = grantLoginIn(superuserUrl)
  const api = await startManagementApi({
    ...{ token, host: pooler.host },
    async grantLogin(login) {
      passwords.push(login.password)
      await grant(login)
    },
  })
  const state = await api.add({
    ref,
    name: 'shop',
    pooler: { host: pooler.host, user: `postgres.${ref}`, port: 6543 },
  })
  return {
    ...{ ref, token, api, state, pooler, passwords },
    settings: { PROJECT_REF: ref, ACCESS_TOKEN: token, API_URL: api.url },
    async stop() {
      await api.stop()
      await pooler.stop()
    },
  }
}
