import { cp, mkdir, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export const checkout = join(import.meta.dirname, '../..')

/** Copies parts of the checkout into a folder, with its node_modules, for tests that change what they copy. */
export async function copyCheckout(folder: string, parts: readonly string[]): Promise<void> {
  for (const part of parts) {
    await mkdir(dirname(join(folder, part)), { recursive: true })
    await cp(join(checkout, part), join(folder, part), { recursive: true })
  }
  await symlink(join(checkout, 'node_modules'), join(folder, 'node_modules'))
}
