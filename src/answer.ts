/**
 * Makes the JSON of what the scripts have to say themselves, which they hand over in plain fields, NUL-separated on stdin:
 *
 *     answer.ts failure EXIT            code, message, detail (or nothing), suggestion, phase: the outcome of a command that failed
 *     answer.ts check                   status, subject, text, remedy and facts of each line of --check: their list
 *     answer.ts documents [EXIT FILE]... what the commands of several projects printed, each with its exit code: their list
 */
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { BackupError, ExitCode } from './common/errors.ts'
import { failCommand, failureDocument } from './common/failure.ts'
import { printAnswer } from './common/output.ts'

const [verb, ...args] = process.argv.slice(2)

async function readFields(): Promise<string[]> {
  return (await text(process.stdin)).split('\0').slice(0, -1)
}

function exitCodeOf(code: string | undefined): ExitCode {
  return Object.values(ExitCode).find((known) => String(known) === code) ?? ExitCode.failed
}

async function failure(): Promise<unknown> {
  const [code = '', message = '', detail = '', suggestion = '', phase = ''] = await readFields()
  const exitCode = exitCodeOf(args[0])
  return failureDocument(
    new BackupError({ code, message, detail: detail || undefined, suggestion, phase, exitCode }),
  )
}

async function check(): Promise<unknown> {
  const fields = await readFields()
  return Array.from({ length: fields.length / 5 }, (_, line) => {
    const [status, subject, words, remedy, facts = ''] = fields.slice(line * 5, line * 5 + 5)
    return { status, subject, text: words, remedy, facts: facts === '' ? {} : JSON.parse(facts) }
  })
}

async function documents(): Promise<unknown> {
  const pairs = Array.from({ length: args.length / 2 }, (_, index) => args.slice(index * 2, index * 2 + 2))
  return Promise.all(pairs.map(([code, file = '']) => readDocument(file, exitCodeOf(code))))
}

/** What a command printed; one that was killed printed nothing. */
async function readDocument(file: string, exitCode: ExitCode): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch {
    const message = `The command ended with exit code ${exitCode} and no answer.`
    const suggestion = 'What it said stands on stderr; run it again with -v.'
    return failureDocument(
      new BackupError({ code: 'STEP_FAILED', message, suggestion, phase: 'start', exitCode }),
    )
  }
}

const verbs: Record<string, () => Promise<unknown>> = { failure, check, documents }

try {
  const answer = verbs[verb ?? '']
  if (answer === undefined) throw new TypeError(`answer.ts needs one of: ${Object.keys(verbs).join(', ')}`)
  printAnswer(`${JSON.stringify(await answer())}\n`)
} catch (thrown) {
  failCommand('answer', thrown)
}
