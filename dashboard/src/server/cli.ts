/** The command `npm run dashboard`: see `cli/arguments.ts`. */
import { openApp } from './app.ts'
import { type CommandLine, parseCommandLine, usage, usageProblem } from './cli/arguments.ts'
import { keyCommand } from './cli/keys.ts'
import { recoverCommand } from './cli/recover.ts'
import { secretsCommand } from './cli/secrets.ts'
import { serveCommand } from './cli/serve.ts'
import { tokenCommand, userCommand } from './cli/users.ts'
import { lockDirectory } from './db/directory-lock.ts'
import { clearIndex } from './ingest/index-runs.ts'
import { Problem } from './problem.ts'
import { plural } from './toolkit.ts'

const breaches = {
  missing: 'entries before it are missing',
  altered: 'it was altered',
  unchained: 'it was written after another one than stands before it',
}

/** What is done while no dashboard runs. */
const alone = ['reindex', 'key rotate', 'key new']

process.umask(0o077)

async function run(line: CommandLine): Promise<void> {
  const { directory, command } = line
  if (command === 'serve') return serveCommand(line)
  if (command === 'recover') {
    console.log(await recoverCommand(line))
    return
  }
  if (command === 'secrets') {
    process.stdout.write(secretsCommand(line, process.env))
    return
  }
  // The running dashboard would go on with what it remembers.
  const unlock = alone.includes(command) ? lockDirectory(directory) : () => {}
  const app = openApp({ directory, environment: process.env })
  try {
    console.log(await answer(app, line))
  } finally {
    await app.close()
    unlock()
  }
}

async function answer(app: ReturnType<typeof openApp>, line: CommandLine): Promise<string> {
  switch (line.command) {
    case 'user create':
    case 'user password':
    case 'user totp-off':
      return userCommand(app, line)
    case 'token create':
      return tokenCommand(app, line)
    case 'key rotate':
    case 'key new':
      return keyCommand(app, line)
    case 'audit check': {
      const { entries, last, broken } = app.audit.check()
      if (broken === null)
        return `The audit is as it was written: ${plural(entries, 'entry', 'entries')}${last === null ? '' : `, the last with the hash ${last.hash}`}.`
      process.exitCode = 1
      return `The audit is not as it was written, from entry ${broken.seq} on: ${breaches[broken.why]}.`
    }
    case 'reindex': {
      const forgotten = clearIndex(app.database)
      await app.watch.lookNow()
      return `${forgotten} runs were forgotten, and ${app.registry.all().length} projects were read again.`
    }
    default:
      throw usageProblem(`There is no command ${line.command}.`)
  }
}

try {
  const line = parseCommandLine(process.argv.slice(2), process.env)
  if (line.help) console.log(usage)
  else await run(line)
} catch (error) {
  if (!(error instanceof Problem)) throw error
  console.error(`${error.message} ${error.suggestion} [${error.code}]`)
  process.exitCode = error.code === 'USAGE' ? 2 : 1
}
