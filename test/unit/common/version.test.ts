import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { toolVersion } from '../../../src/common/version.ts'
import { checkout } from '../../helpers/checkout.ts'

test('The version that the scripts print is the toolkit’s (npm run generate renews it)', async () => {
  expect(await readFile(join(checkout, 'src/shell/version.txt'), 'utf8')).toBe(`${await toolVersion()}\n`)
})
