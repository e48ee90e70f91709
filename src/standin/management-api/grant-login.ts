import pg from 'pg'
import type { GrantLogin } from './access.ts'

/** Has the passwords of login roles set in a server of the platform's roles, with their end, as the platform does. */
export function grantLoginIn(superuserUrl: string): GrantLogin {
  return async ({ role, password, seconds }) => {
    const client = new pg.Client({ connectionString: superuserUrl })
    await client.connect()
    try {
      const until = new Date(Date.now() + seconds * 1_000).toISOString()
      await client.query(
        `ALTER ROLE ${client.escapeIdentifier(role)} LOGIN PASSWORD ${client.escapeLiteral(password)} VALID UNTIL ${client.escapeLiteral(until)}`,
      )
    } finally {
      await client.end()
    }
  }
}
