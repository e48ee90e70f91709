import { lstat, readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { NoSources } from './errors.ts'

/** The function of a self-hosted stack that starts the others; it is part of the stack. */
export const routerSlug = 'main'

/** Where a project of the platform's CLI has its functions: files of the folder are told with paths as if it were that. */
export const cliFolder = 'supabase/functions'

const entryNames = ['index.ts', 'index.tsx', 'index.js', 'index.jsx', 'index.mjs']

/** The file that a folder's function begins with; undefined where it is no function. */
export async function entryIn(folder: string): Promise<string | undefined> {
  // A link is not followed: what it leads to is not in the folder.
  if (!(await lstat(folder)).isDirectory()) return undefined
  const names = await readdir(folder)
  return entryNames.find((name) => names.includes(name))
}

/** What is no source: files of secrets, what packages are installed into, and what others keep of the folder. */
export function isSource(name: string): boolean {
  return !/^(\.env(\..*)?|\.npmrc|\.git|\.DS_Store|node_modules)$/.test(name) && !name.endsWith(newSuffix)
}

/** Of files that are being written. */
export const newSuffix = '.supabase-backup-new'

interface FoundFile {
  /** As the platform's CLI has it. */
  path: string
  file: string
  /** In milliseconds. */
  modified: number
}

/**
 * Every source below a name in the folder, in the order of their paths.
 * @param odd whether what is no plain file, such as a link, is told as well; it is never followed
 * @throws NoSources for what is no plain file, else
 */
export async function filesBelow(directory: string, name: string, odd = false): Promise<FoundFile[]> {
  const file = join(directory, name)
  const about = await lstat(file)
  const path = `${cliFolder}/${relative(directory, file)}`
  if (about.isFile() || (odd && !about.isDirectory())) return [{ path, file, modified: about.mtimeMs }]
  if (!about.isDirectory()) throw new NoSources(`${path} is neither a file nor a folder`)
  const names = (await readdir(file)).filter(isSource).sort()
  return (await Promise.all(names.map((each) => filesBelow(directory, join(name, each), odd)))).flat()
}
