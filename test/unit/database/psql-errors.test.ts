import { expect, test } from 'vitest'
import { statementError } from '../../../src/database/connect/psql-errors.ts'

test('A statement that a full disk of the target refused is not laid to the backup', () => {
  const said =
    'psql:<stdin>:7: ERROR:  53100: could not extend file "base/5/16918": No space left on device\nHINT:  Check free disk space.\n'
  const error = statementError(`${said}psql:<stdin>:7: STATEMENT:  COPY big FROM STDIN`, 'test')
  expect(error?.suggestion).toMatch(/backup is not to blame.*disk of the target’s server/)
})
