/**
 * Builds the dashboard: its pages with Vite, and its program with what it needs of the toolkit, into a directory that appears when all
 * of it is there.
 *
 *     node build.mjs DIRECTORY
 *
 * Plain JavaScript, because it runs before anything is built.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { createBuilder } from 'vite'
import { buildInto } from '../src/shell/build-into.mjs'

const here = import.meta.dirname
// The toolkit's own.
const { build: buildProgram } = createRequire(join(here, '../package.json'))('esbuild')

const [directory] = process.argv.slice(2)
/** Modules find their data files beside themselves; the program lies elsewhere, three levels below the dashboard's folder. */
const ownPlaces = {
  name: 'own-places',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (!text.includes('import.meta.')) return undefined
      const url = `new URL(${JSON.stringify(`../../../${relative(here, path)}`)}, OWN_URL).href`
      const contents = text
        .replaceAll('import.meta.url', url)
        .replaceAll('import.meta.dirname', `decodeURIComponent(new URL('.', ${url}).pathname.slice(0, -1))`)
        .replaceAll('OWN_URL', 'import.meta.url')
      return { loader: 'ts', contents }
    })
  },
}

await buildInto(directory, async (unfinished) => {
  process.chdir(here)
  // Both that of the browser and that of the server.
  const pages = await createBuilder({ root: here, logLevel: 'warn', build: { outDir: unfinished } })
  await pages.buildApp()
  await buildProgram({
    entryPoints: [join(here, 'src/server/cli.ts')],
    outdir: join(unfinished, 'program'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    // They load what is not JavaScript from beside themselves.
    external: ['better-sqlite3', 'libpg-query', 'pg-native'],
    // Packages of the older module system ask for Node's own modules.
    banner: { js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);" },
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [ownPlaces],
  })
})
