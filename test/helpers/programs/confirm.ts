import { renderError, toBackupError } from '../../../src/common/errors.ts'
import { confirmByReference } from '../../../src/interactive/confirm.ts'
import { openTerminal } from '../../../src/interactive/terminal.ts'

/** Asks for the confirmation of a restore over `shop-reference` and says on stdout that it was given. */
try {
  const preview = ['3 tables will be replaced', '2 objects will be removed']
  await confirmByReference({ reference: 'shop-reference', preview, terminal: openTerminal() })
  process.stdout.write('confirmed\n')
} catch (thrown) {
  const error = toBackupError(thrown, 'test')
  process.stderr.write(`${renderError(error)}\n`)
  process.exitCode = error.exitCode
}
