import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { runCommand } from './command.ts'
import { buildOnce, cacheFolder, runTool } from './debian-packages.ts'

const version = '3.1.0'

/**
 * The platform's own CLI, fetched once. It is no dependency of the checkout's: it weighs more than all of these together, and
 * its programs for other machines cannot be had everywhere that a lock file is made.
 */
async function prepareSupabaseCli(): Promise<string> {
  const cache = cacheFolder(`supabase-cli-${version}`)
  await buildOnce(cache, async (folder) => {
    // With all of the environment: it says where packages come from.
    const env = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']))
    const args = [
      'install',
      '--prefix',
      folder,
      '--no-save',
      '--no-audit',
      '--no-fund',
      `supabase@${version}`,
    ]
    await runTool('npm', args, env)
  })
  return join(cache, 'node_modules/.bin/supabase')
}

/** Runs the platform's own CLI, at home in a folder, against a stand-in of the Management API; expects it to succeed. */
export async function runSupabaseCli(options: {
  url: string
  token: string
  home: string
  /** Where it runs; default the home. */
  cwd?: string
  args: readonly string[]
}): Promise<string> {
  const { url, token, home, cwd = home, args } = options
  const program = await prepareSupabaseCli()
  const profile = [
    'name: standin',
    `api_url: ${url}`,
    `dashboard_url: ${url}/dashboard`,
    'project_host: localtest.invalid',
  ]
  await writeFile(join(home, 'profile.yaml'), `${profile.join('\n')}\n`)
  const { code, stdout, stderr } = await runCommand(
    program,
    ['--profile', join(home, 'profile.yaml'), ...args],
    {
      cwd,
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        SUPABASE_ACCESS_TOKEN: token,
        SUPABASE_YES: 'true',
        SUPABASE_TELEMETRY_DISABLED: '1',
      },
    },
  )
  expect(code, stdout + stderr).toBe(0)
  return stdout
}
