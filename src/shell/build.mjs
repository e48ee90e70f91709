/**
 * Bundles the workers, each entrypoint of src/ with what it needs, into a directory that appears when all of it is there.
 *
 *     node build.mjs ROOT DIRECTORY
 *
 * Loading 150 modules and taking the types out of them is most of what a worker's start costs. Plain JavaScript, because it
 * runs before anything is built.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { build } from 'esbuild'
import { buildInto } from './build-into.mjs'

const [root, directory] = process.argv.slice(2)

/** The directory of the nearest package.json: sources may be linked from another checkout. */
function checkoutOf(path) {
  const parent = dirname(path)
  return existsSync(join(parent, 'package.json')) ? parent : checkoutOf(parent)
}

/** Modules find their data files beside themselves; a bundle lies elsewhere, two levels below the root. */
const ownUrls = {
  name: 'own-urls',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (!text.includes('import.meta.url')) return undefined
      const own = JSON.stringify(`../../${relative(checkoutOf(path), path)}`)
      return { loader: 'ts', contents: text.replaceAll('import.meta.url', `new URL(${own}, import.meta.url).href`) }
    })
  },
}

/** Of the translations of zod's messages, which are most of it, only those that are used: the default. */
const englishOnly = {
  name: 'english-only',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]zod[/\\]v4[/\\]locales[/\\]index\.js$/ }, ({ path }) => ({
      contents: "export { default as en } from './en.js'",
      resolveDir: dirname(path),
    }))
  },
}

await buildInto(directory, (unfinished) =>
  build({
    entryPoints: readdirSync(join(root, 'src'))
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(root, 'src', name)),
    outdir: unfinished,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    // The parser loads its WebAssembly from beside itself.
    external: ['libpg-query', 'pg-native'],
    // Packages of the older module system ask for Node's own modules.
    banner: { js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);" },
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [ownUrls, englishOnly],
  })
)
