/** Opens all the files it may, then runs a program: prints the error's code and detail. */
import { openSync } from 'node:fs'
import { BackupError } from '../../../src/common/errors.ts'
import { runProgram } from '../../../src/common/process.ts'

try {
  for (;;) openSync('/dev/null', 'r')
} catch {
  // Now there is room for none.
}
const error: unknown = await runProgram({
  ...{ program: 'true', args: [], env: { PATH: process.env['PATH'] } },
  ...{ phase: 'test', suggestion: 'nothing to do' },
}).catch((thrown: unknown) => thrown)
if (error instanceof BackupError) process.stdout.write(JSON.stringify([error.code, error.detail]))
