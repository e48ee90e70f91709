import { expect, it } from 'vitest'
import { BackupError } from '../../../src/common/errors.ts'
import type { FunctionsApi } from '../../../src/functions/api.ts'
import { deployAll, removeAll } from '../../../src/functions/deploy.ts'
import type { FunctionSource } from '../../../src/functions/index-file.ts'

const context = { generation: '/', signal: new AbortController().signal }

const down = () =>
  new BackupError({
    ...{ code: 'API_UNREACHABLE', message: 'No answer.', detail: '500, bundling failed' },
    ...{ suggestion: '', phase: 'test' },
  })

const sourceOf = (slug: string): FunctionSource => ({
  ...{ slug, name: slug, verifyJwt: true, entrypoint: 'index.ts', files: [] },
  listed: { id: slug, slug, name: slug, status: 'ACTIVE', version: 1 },
})

/** An API whose list is given unless it is down, and which fails at the functions of these names. */
function apiFailingAt(fails: (slug: string) => boolean, isDown = false) {
  const asked: string[] = []
  const published: string[] = []
  const at = (slug: string) => {
    asked.push(slug)
    if (fails(slug)) throw down()
  }
  const api: FunctionsApi = {
    async requireAwake() {},
    async list() {
      if (isDown) throw down()
      return []
    },
    body: async () => ({ parts: [], entrypoint: undefined }),
    async deploy({ slug, listed }) {
      at(slug)
      return listed
    },
    async publish(bundles) {
      published.push(...bundles.map(({ slug }) => slug))
    },
    async remove(slug) {
      at(slug)
    },
    secrets: async () => [],
    async setSecrets() {},
    counts: { requests: 0, retries: 0 },
    async close() {},
  }
  return { api, asked, published }
}

const slugs = Array.from({ length: 30 }, (_, index) => `f${index}`)

it('The one function at which the API gives up is named, and the others appear', async () => {
  const { api, published } = apiFailingAt((slug) => slug === 'f7')
  expect(await deployAll(api, context, slugs.map(sourceOf))).toEqual(
    new Map([['f7', '500, bundling failed']]),
  )
  expect(published).toEqual(slugs.filter((slug) => slug !== 'f7'))
  expect(await removeAll(api, context, slugs)).toEqual(new Map([['f7', '500, bundling failed']]))
})

it.each([
  ['that gives its list', false],
  ['that is down', true],
])('An API %s and fails at every function ends the restore soon', async (_what, isDown) => {
  const { api, asked, published } = apiFailingAt(() => true, isDown)
  await expect(deployAll(api, context, slugs.map(sourceOf))).rejects.toMatchObject({
    code: 'API_UNREACHABLE',
  })
  expect(published).toEqual([])
  await expect(removeAll(api, context, slugs)).rejects.toMatchObject({ code: 'API_UNREACHABLE' })
  expect(asked.length).toBeLessThan(24)
})
