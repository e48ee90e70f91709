import { describe, expect, it } from 'vitest'
import { placeFiles } from '../../../src/functions/paths.ts'

const place = (entrypoint: string, paths: string[], importMap?: string) => {
  const files = paths.map((path) => ({ path, content: path }))
  const placed = placeFiles({ slug: 'hello', entrypoint, importMap, files })
  return { ...placed, files: [...placed.files.keys()] }
}

describe('The files of a function belong', () => {
  it.each([
    [
      'below the folder where the platform unpacked them',
      'file:///tmp/user_fn_1/source/supabase/functions/hello/index.ts',
      [
        '/tmp/user_fn_1/source/supabase/functions/hello/index.ts',
        '/tmp/user_fn_1/source/supabase/functions/_shared/a b.ts',
        '/tmp/user_fn_1/source/deno.json',
      ],
      ['supabase/functions/hello/index.ts', 'supabase/functions/_shared/a b.ts', 'deno.json'],
    ],
    [
      'where they are told relative to it',
      'file:///tmp/user_fn_1/source/supabase/functions/hello/index.ts',
      ['supabase/functions/hello/index.ts', 'supabase/functions/_shared/x.ts'],
      ['supabase/functions/hello/index.ts', 'supabase/functions/_shared/x.ts'],
    ],
    [
      'below a root that some are told with and some without',
      'file:///tmp/user_fn_1/source/index.ts',
      ['index.ts', '/tmp/user_fn_1/source/lib/x.ts'],
      ['index.ts', 'lib/x.ts'],
    ],
    [
      'below the unpacked folder where that is told too',
      'file:///tmp/f/source/index.ts',
      ['source/index.ts', 'source/x.ts'],
      ['index.ts', 'x.ts'],
    ],
    [
      'where an entrypoint is told by its name alone',
      'index.ts',
      ['/src/lib/index.ts', '/src/index.ts'],
      ['lib/index.ts', 'index.ts'],
    ],
    [
      'in the functions’ folder, where they are relative to the function',
      'index.ts',
      ['index.ts', '../_shared/x.ts'],
      ['supabase/functions/hello/index.ts', 'supabase/functions/_shared/x.ts'],
    ],
    [
      'below a common root with the packages beside it',
      '/tmp/f/source/apps/api/supabase/functions/hello/index.ts',
      ['/tmp/f/source/apps/api/supabase/functions/hello/index.ts', '/tmp/f/source/packages/x.ts'],
      ['apps/api/supabase/functions/hello/index.ts', 'packages/x.ts'],
    ],
  ])('%s', (_what, entrypoint, paths, expected) => {
    expect(place(entrypoint, paths).files).toEqual(expected)
  })

  it('where they were, once deployed from there', () => {
    const first = place('/tmp/a/source/index.ts', ['/tmp/a/source/index.ts', '/tmp/a/source/source/x.ts'])
    const second = place(
      `file:///tmp/b/source/${first.entrypoint}`,
      first.files.map((path) => `/tmp/b/source/${path}`),
    )
    expect(second).toEqual(first)
  })
})

it('An import map is the file that its address ends with', () => {
  const placed = place(
    'file:///tmp/f/source/supabase/functions/hello/index.ts',
    [
      'supabase/functions/hello/index.ts',
      'supabase/functions/deno.json',
      'supabase/functions/hello/deno.json',
    ],
    'file:///tmp/f/source/supabase/functions/hello/deno.json',
  )
  expect(placed).toMatchObject({
    entrypoint: 'supabase/functions/hello/index.ts',
    importMap: 'supabase/functions/hello/deno.json',
  })
})

it('An entrypoint that several files end with is the one in the function’s own folder', () => {
  const paths = ['supabase/functions/aa/index.ts', 'supabase/functions/hello/index.ts']
  expect(place('index.ts', paths).entrypoint).toBe('supabase/functions/hello/index.ts')
})

describe('A function is refused', () => {
  it.each([
    ['with a path that climbs out', ['index.ts', '../../../../etc/cron.d/x']],
    ['with a path that climbs out of the root', ['index.ts', '../../../../x']],
    ['with a path of control characters', ['index.ts', 'a\nb.ts']],
    ['with a path of backslashes', ['index.ts', '..\\..\\x']],
    ['with two files of one path', ['index.ts', './lib/../index.ts']],
    ['with a file where another has a folder', ['index.ts', 'lib', 'lib/x.ts']],
    ['with a name that no file system takes', ['index.ts', 'x'.repeat(300)]],
    ['without its entrypoint', ['other.ts']],
    ['with an empty path', ['index.ts', '/']],
  ])('%s', (_what, paths) => {
    expect(() => place('index.ts', paths)).toThrow(expect.objectContaining({ name: 'UntrustedPath' }))
  })

  it('never with a file outside its folder: an absolute path is kept inside', () => {
    expect(place('index.ts', ['index.ts', '/etc/passwd']).files).toEqual(['index.ts', 'etc/passwd'])
  })
})
