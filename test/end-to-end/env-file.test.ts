import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeToolkit, type Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit

beforeAll(async () => {
  toolkit = await makeToolkit()
})
afterAll(() => toolkit.remove())

// Node knows a flag of that name, and would end on its own terms before the toolkit has begun.
it('an env file that does not exist is named, with the remedy', async () => {
  const { code, stderr } = await toolkit.backup(['--env-file', '/nowhere/shop.env'])
  expect(code).toBe(78)
  expect(stderr).toContain('/nowhere/shop.env does not exist')
})
