/** Starts a program that has a helper of its own, and a container by the name of one, then waits to be killed. */
import { guardContainer } from '../../../src/common/guard.ts'
import { startProgram } from '../../../src/common/process.ts'

const started = startProgram({
  program: 'bash',
  // A helper that does not listen, as one in the middle of a long query.
  args: ['-c', `bash -c 'trap "" TERM; while :; do sleep 0.1; done' & echo "$$ $!"; exec sleep 1000`],
  env: { PATH: process.env['PATH'] },
  phase: 'test',
})
guardContainer({ program: 'runtime-of-the-test', name: 'name-of-the-test', host: undefined })
started.stdout.pipe(process.stdout)
setInterval(() => {}, 1000)
