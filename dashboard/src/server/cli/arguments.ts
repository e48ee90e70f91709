import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Problem } from '../problem.ts'
import type { Environment } from '../toolkit.ts'

export const usage = `Usage: npm run dashboard -- [COMMAND] [OPTIONS]

  serve                    serves the dashboard (what it does without a command)
  user create --email E --role R
                           makes a user; the password is read from stdin.
                           Roles: viewer, operator, admin
  user password --email E  sets a user's password, read from stdin, and ends all
                           sessions of theirs
  user totp-off --email E  takes away a user's second factor
  token create --name N --role R
                           prints a token for a program, once; --expires 90d,
                           at most 366d
  secrets --project ID     prints the secrets of a project, for SECRETS_COMMAND
                           in its env file; --former those that were replaced
                           or taken away, which old archives may need
  key rotate               makes a new key and seals all secrets anew; for a
                           dashboard that does not run
  key new                  where the key is lost: a new one; prints which
                           secrets are to be set anew
  recover --from FILE      puts a dashboard back from its own backup; the
                           recovery passphrase is read from stdin
  audit check              says whether the audit is as it was written
  reindex                  makes the index of runs again from the files

  --groups A,B       narrows the role of a user or token to these groups of
                     projects
  --deps             only installs its packages and builds it
  --directory DIR    where the dashboard keeps its own (DASHBOARD_DIR; else
                     ~/.local/share/supabase-backup-dashboard)
  --host HOST        what to listen on (DASHBOARD_HOST; else 127.0.0.1)
  --port PORT        (DASHBOARD_PORT; else 4317)
  --url URL          where people reach it, behind a proxy with TLS:
                     https://backup.example.com (DASHBOARD_URL)
`

const options = {
  directory: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  url: { type: 'string' },
  email: { type: 'string' },
  name: { type: 'string' },
  role: { type: 'string' },
  expires: { type: 'string' },
  groups: { type: 'string' },
  project: { type: 'string' },
  from: { type: 'string' },
  former: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** @throws Problem USAGE */
export function parseCommandLine(args: string[], environment: Environment) {
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    const { DASHBOARD_HOST, DASHBOARD_PORT, DASHBOARD_URL } = environment
    const givenPort = values.port ?? DASHBOARD_PORT ?? '4317'
    const port = Number(givenPort)
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      throw usageProblem(`--port ${givenPort} is no port.`)
    const url = values.url ?? DASHBOARD_URL
    if (url !== undefined && !/^https?:\/\/[^/]+\/?$/.test(url))
      throw usageProblem('--url takes an address without a path: https://backup.example.com')
    return {
      ...values,
      port,
      url,
      host: values.host ?? DASHBOARD_HOST ?? '127.0.0.1',
      command: positionals.join(' ') || 'serve',
      directory: resolve(values.directory ?? environment['DASHBOARD_DIR'] ?? ownDirectory(environment)),
    }
  } catch (error) {
    if (error instanceof Problem) throw error
    throw usageProblem(error instanceof Error ? error.message : String(error))
  }
}

export type CommandLine = ReturnType<typeof parseCommandLine>

export function usageProblem(message: string): Problem {
  return new Problem({
    status: 400,
    code: 'USAGE',
    message,
    suggestion: 'See: npm run dashboard -- --help',
  })
}

function ownDirectory({ XDG_DATA_HOME }: Environment): string {
  const data = XDG_DATA_HOME?.startsWith('/') ? XDG_DATA_HOME : join(homedir(), '.local/share')
  return join(data, 'supabase-backup-dashboard')
}
