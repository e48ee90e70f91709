/**
 * The guided set-up of one project: asks, tries the answers on the live project, and writes the env file.
 *
 *     configure.ts --env-file FILE --repository DIR --key-file FILE
 *
 * The last two are what is suggested for a new repository and its key. Prompts are drawn on the terminal; stdout gets
 * what install.sh is to do next, as NUL-separated NAME=value: KEY_FILE (empty for none) and ENABLE (yes or no). Until the
 * last question is answered the env file stays as it is; when it is interrupted or fails, the answers so far are kept beside it.
 */
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { failCommand } from './common/failure.ts'
import { writeFileAtomic } from './common/files.ts'
import { readEnvFile } from './config/sources.ts'
import { openDraft } from './configure/draft.ts'
import { setVariables } from './configure/env-file.ts'
import { askNotifications } from './configure/notifications.ts'
import { askProject } from './configure/project.ts'
import { askYesOrNo } from './configure/questions.ts'
import { askRepository } from './configure/repository.ts'
import { openTerminal } from './interactive/terminal.ts'

const { values: flags } = parseArgs({
  options: {
    'env-file': { type: 'string', default: '' },
    repository: { type: 'string', default: '' },
    'key-file': { type: 'string', default: '' },
  },
})

const envFile = flags['env-file']
const draft = openDraft(envFile)

try {
  const present = await readEnvFile(envFile, { reading: true })
  const values = { ...present, ...(await draft.read()) }
  const questions = { values, terminal: openTerminal(), commanded: {} }
  await draft.keepUnless(async () => {
    await askProject(questions, { envFile, environment: process.env })
    const suggested = { repository: flags.repository, keyFile: flags['key-file'] }
    const keyFile = await askRepository(questions, suggested)
    await askNotifications(questions)
    const enable = await askYesOrNo(questions, 'Start the nightly backup and the weekly drill?')
    await writeFileAtomic(envFile, setVariables(await readFile(envFile, 'utf8'), questions.values))
    process.stdout.write(`KEY_FILE=${keyFile}\0ENABLE=${enable ? 'yes' : 'no'}\0`)
  }, questions.values)
} catch (thrown) {
  failCommand('configure', thrown)
  // An answer may still be on trial: a server that does not answer is not waited for.
  process.exit()
}
