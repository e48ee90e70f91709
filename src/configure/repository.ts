import { randomBytes } from 'node:crypto'
import { input } from '@inquirer/prompts'
import { answer } from '../interactive/terminal.ts'
import { askSecret, askText, type Questions, valueKnown } from './questions.ts'

/** 192 bits, in characters that survive every env file, shell and keyboard. */
const passphraseBytes = 24

/**
 * Asks where the archives go, and for the passphrase, which is made up when none is given.
 * @returns the file that the repository's key is to be written to; empty when it is not to be
 */
export async function askRepository(
  questions: Questions,
  suggested: { repository: string; keyFile: string },
): Promise<string> {
  const { values, terminal } = questions
  const before = valueKnown(questions, 'BORG_REPO')
  await askText(questions, 'BORG_REPO', 'Borg repository, a directory or ssh://user@host/path:', {
    suggestion: suggested.repository,
  })
  if (!valueKnown(questions, 'BORG_PASSCOMMAND'))
    await askSecret(questions, 'BORG_PASSPHRASE', 'Its passphrase (empty: a strong one is made)', {
      optional: !values['SECRETS_COMMAND'],
    })
  if (!values['SECRETS_COMMAND'] && !values['BORG_PASSPHRASE'] && !values['BORG_PASSCOMMAND'])
    values['BORG_PASSPHRASE'] = randomBytes(passphraseBytes).toString('base64url')
  const message = 'File to write its key to, for you to keep elsewhere (empty: not now):'
  const preset = valueKnown(questions, 'BORG_REPO') === before ? {} : { default: suggested.keyFile }
  return (await answer(input({ message, ...preset }, terminal))).trim()
}
