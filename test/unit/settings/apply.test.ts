import { expect, it } from 'vitest'
import { HttpError } from '../../../src/http/error.ts'
import { applyChanges } from '../../../src/settings/apply.ts'
import { parts } from '../../../src/settings/parts.ts'
import type { ProjectRoutes } from '../../../src/settings/routes.ts'

const failed = () =>
  new HttpError({ kind: 'busy', status: 500, code: 'HTTP 500', message: 'PATCH /config/realtime: 500' })

const changes = ['max_concurrent_users', 'private_only'].map((field) => ({
  ...{ part: 'realtime', setting: `realtime.${field}`, from: null, to: 1 },
}))

function apply(isDown: boolean) {
  const part = parts.find(({ name }) => name === 'realtime')
  const { writer } = part ?? {}
  if (part === undefined || writer === undefined) throw new Error('realtime is not written')
  const routes: ProjectRoutes = {
    read: async () => (isDown ? Promise.reject(failed()) : {}),
    write: () => Promise.reject(failed()),
    create: () => Promise.reject(failed()),
  }
  return applyChanges({ part: { ...part, writer }, changes, current: {}, routes })
}

it('Settings that the API fails to set, and tells all the same, are named, and keep no others back', async () => {
  expect(await apply(false)).toEqual(
    changes.map(({ setting }) => ({ setting, reason: 'PATCH /config/realtime: 500' })),
  )
})

it('An API that tells nothing either ends the restore of the settings', async () => {
  await expect(apply(true)).rejects.toMatchObject({ status: 500 })
})
