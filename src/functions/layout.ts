import { join } from 'node:path'

/** Where the functions lie in a generation. */
export function functionsLayout(generation: string) {
  const folder = join(generation, 'functions')
  return {
    folder,
    index: join(folder, 'index.json'),
    secrets: join(folder, 'secrets.json'),
    /** Values of secrets, encrypted. */
    secretValues: join(folder, 'secrets.enc'),
    config: join(folder, 'config.toml'),
    sources: join(folder, 'sources'),
  }
}

/** What the slug of a function may be: it is a folder's name as well. */
export const slugPattern = /^[A-Za-z0-9_-]{1,200}$/

/**
 * Where a file of a function lies below `sources`: each function has a folder of its own, for two of them may have different
 * files of one name. In it everything lies as the platform's CLI has it.
 */
export function placeOf(about: { slug: string; entrypoint: string }, path: string): string {
  return join(about.slug, projectPathOf(about, path))
}

/** A file's path in a folder of the platform's CLI, whose functions are below `supabase/functions`. */
export function projectPathOf(
  { slug, entrypoint }: { slug: string; entrypoint: string },
  path: string,
): string {
  return entrypoint.startsWith('supabase/functions/') ? path : `supabase/functions/${slug}/${path}`
}
