import { posix } from 'node:path'
import type { FunctionSource } from './index-file.ts'
import { projectPathOf } from './layout.ts'
import { staticPatterns } from './static-patterns.ts'

const heading = `# Made with the backup: what the platform's CLI has to know to deploy the functions as they were.
`

/** `config.toml` of the platform's CLI for all functions of a backup. */
export function renderConfigToml(functions: readonly FunctionSource[]): string {
  return [heading, ...functions.map(section)].join('\n')
}

function section(source: FunctionSource): string {
  const place = (path: string) => text(fromFolder(projectPathOf(source, path)))
  const statics = staticPatterns(source.files.map(({ path }) => path)).map(place)
  return `${[
    `[functions.${source.slug}]`,
    `verify_jwt = ${source.verifyJwt}`,
    `entrypoint = ${place(source.entrypoint)}`,
    ...(source.importMap === undefined ? [] : [`import_map = ${place(source.importMap)}`]),
    ...(statics.length === 0 ? [] : [`static_files = [${statics.join(', ')}]`]),
  ].join('\n')}\n`
}

/** Relative to the folder of config.toml. */
function fromFolder(path: string): string {
  const relative = posix.relative('supabase', path)
  return relative.startsWith('..') ? relative : `./${relative}`
}

/** A TOML string; its escapes are among JSON's. */
function text(value: string): string {
  return JSON.stringify(value)
}
