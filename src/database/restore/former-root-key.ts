import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { BackupError, toBackupError } from '../../common/errors.ts'
import { readPlainFile, writeFileAtomic } from '../../common/files.ts'
import { addSecrets } from '../../common/redact.ts'
import type { ProjectApi } from '../../management-api/client.ts'
import { replaceRootKey } from '../../management-api/root-key.ts'
import type { DatabaseConnection } from '../connect/connection.ts'
import { transactionOutcome } from './commit.ts'

/**
 * The vault's root key that a target had before a restore set the backup's. It is on the disk, with mode 0600 in the project's state
 * directory, from before the other is set until the restore is committed or it is set again: the platform gives it out no more, and a
 * process may be killed.
 */
export interface FormerRootKey {
  /**
   * The key that is kept. Where the restore that set another was committed, and its process killed before it could forget the kept one,
   * there is none any more: what is at the target now needs the key that it has.
   * @throws BackupError RESTORE_OUTCOME_UNKNOWN where the target does not say whether it was
   */
  read(): Promise<string | undefined>
  keep(key: string): Promise<void>
  /** Notes the transaction that is about to be committed, with which the kept key goes out of use. */
  endsWith(transaction: string): Promise<void>
  /** It is needed no more. */
  forget(): Promise<void>
  /** Sets it at the target, where one is kept. @returns whether there was. @throws BackupError naming the file that has it */
  putBack(): Promise<boolean>
}

export function formerRootKey(
  stateDirectory: string,
  management: ProjectApi,
  database: DatabaseConnection,
): FormerRootKey {
  const path = join(stateDirectory, `former-root-key.${encodeURIComponent(management.ref)}`)
  const kept = async () => {
    const lines = (await readPlainFile(path).catch(unlessMissing))?.trim().split('\n')
    const [key, transaction] = lines ?? []
    if (key !== undefined) addSecrets([key])
    return { key, transaction }
  }
  const former: FormerRootKey = {
    async read() {
      const { key, transaction } = await kept()
      if (transaction === undefined || (await transactionOutcome(database, transaction)) !== 'committed')
        return key
      await former.forget()
      return undefined
    },
    keep: (key) => writeFileAtomic(path, `${key}\n`),
    async endsWith(transaction) {
      const { key } = await kept()
      if (key !== undefined) await writeFileAtomic(path, `${key}\n${transaction}\n`)
    },
    forget: () => rm(path, { force: true }),
    async putBack() {
      const key = await former.read()
      if (key === undefined) return false
      // Also when the run was told to end: nothing can be read at the target without it.
      await replaceRootKey(management, key).catch((error: unknown) => {
        throw notPutBack(path, error)
      })
      await former.forget()
      return true
    },
  }
  return former
}

function notPutBack(path: string, cause: unknown): BackupError {
  const { message } = toBackupError(cause, 'restore/root-key')
  return new BackupError({
    code: 'ROOT_KEY_NOT_PUT_BACK',
    message: `The root key that the target's vault had could not be set again: ${message} Until it is, what the target has encrypted cannot be read. It is kept in ${path}.`,
    suggestion:
      'restore.sh --resume sets it again, and so does another restore of this target that is not committed. Or set it yourself: PUT /v1/projects/REF/pgsodium of the Management API, with root_key.',
    phase: 'restore/root-key',
    cause,
  })
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
