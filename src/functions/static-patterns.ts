import { posix } from 'node:path'

/** What the platform's bundler follows by imports. Anything else is in a bundle only where a pattern names it. */
const modules = new Set(['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.json', '.jsonc'])

/**
 * The static files of a function as patterns for its deployment, one a file: the API tells the files it was deployed with,
 * not the patterns that chose them.
 */
export function staticPatterns(paths: readonly string[]): string[] {
  return paths
    .filter((path) => !modules.has(posix.extname(path).toLowerCase()))
    .map((path) => path.replaceAll(/[*?[\]{}]/g, '[$&]'))
}
