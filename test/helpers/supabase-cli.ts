import { join } from 'node:path'
import { buildOnce, cacheFolder, runTool } from './debian-packages.ts'

const version = '3.1.0'

/**
 * The platform's own CLI, fetched once. It is no dependency of the checkout's: it weighs more than all of these together, and
 * its programs for other machines cannot be had everywhere that a lock file is made.
 */
export async function prepareSupabaseCli(): Promise<string> {
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
