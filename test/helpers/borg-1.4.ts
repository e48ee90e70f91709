import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from './command.ts'
import { buildOnce, cacheFolder, unpackPackages } from './debian-packages.ts'

/**
 * A folder with a `borg` of the 1.4 series: the machine's own where it is one, else Debian's from the backports for the
 * machine's release, unpacked once into the checkout's cache.
 */
export async function prepareBorg14(): Promise<string> {
  const own = await runCommand('borg', ['--version'])
  if (own.stdout.startsWith('borg 1.4')) return '/usr/bin'
  const cache = cacheFolder('borg-1.4')
  await buildOnce(cache, async (folder) => {
    await unpackPackages(folder, 'bookworm-backports', ['borgbackup'])
    await mkdir(join(folder, 'bin'))
    const modules = join(cache, 'root/usr/lib/python3/dist-packages')
    const program = join(folder, 'bin/borg')
    // The packages' own Python is the machine's: only the modules come from there.
    await writeFile(
      program,
      `#!/bin/sh\nPYTHONPATH=${modules} exec /usr/bin/python3 -c 'import sys; sys.argv[0] = "borg"; from borg.archiver import main; main()' "$@"\n`,
    )
    await chmod(program, 0o755)
  })
  return join(cache, 'bin')
}
