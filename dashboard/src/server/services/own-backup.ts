import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import Sqlite from 'better-sqlite3'
import { z } from 'zod'
import type { KeyFile } from '../crypto/key-file.ts'
import { lockFor, sealFor } from '../crypto/passphrase-box.ts'
import type { Database } from '../db/open.ts'
import { Problem } from '../problem.ts'
import type { SettingsService } from './settings.ts'

const fileName = /^dashboard-\d{8}T\d{6}Z\.backup$/
const dayMs = 86_400_000

export const recoveryPassphraseSchema = z
  .string()
  .min(12, 'needs 12 characters or more')
  .max(256, 'may have 256 characters at most')

/** What is in a backup, before it is sealed: files by their names, in Base64. */
export const backupContentSchema = z.object({
  made: z.string(),
  files: z.object({ 'dashboard.sqlite': z.string(), key: z.string().nullable() }),
})

/**
 * The dashboard's own backup: its database and its key, sealed for a passphrase that the dashboard does not keep, in a file of its own each
 * night. Without a passphrase none is made.
 */
export function ownBackupOf(parts: {
  database: Database
  directory: string
  keyFile: KeyFile
  settings: SettingsService
}) {
  const { database, keyFile, settings } = parts
  const folder = () => settings.get().ownBackupDirectory || join(parts.directory, 'backups')
  const files = () =>
    names(folder()).map((name) => {
      const { size, mtime } = statSync(join(folder(), name))
      return { name, bytes: size, madeAt: mtime.toISOString() }
    })
  let lastProblem: string | null = null

  const make = (now = new Date()): { file: string } => {
    const { ownBackupLock, ownBackupsKept } = settings.get()
    if (ownBackupLock === null) throw noPassphrase
    const stamp = now.toISOString().replaceAll(/[-:]|\.\d+/g, '')
    const path = join(folder(), `dashboard-${stamp}.backup`)
    const key = keyFile.read().length === 0 ? null : readFileSync(keyFile.path).toString('base64')
    mkdirSync(folder(), { recursive: true, mode: 0o700 })
    const content = {
      made: now.toISOString(),
      files: { 'dashboard.sqlite': contentOf(database, `${path}.sqlite`).toString('base64'), key },
    }
    // It appears when it is whole.
    writeFileSync(`${path}.unfinished`, sealFor(ownBackupLock, gzipSync(JSON.stringify(content))), {
      mode: 0o600,
      flush: true,
    })
    renameSync(`${path}.unfinished`, path)
    for (const name of names(folder()).slice(ownBackupsKept)) rmSync(join(folder(), name))
    lastProblem = null
    return { file: path }
  }

  return {
    make,

    state: () => ({
      directory: folder(),
      hasPassphrase: settings.get().ownBackupLock !== null,
      files: files().slice(0, 10),
      lastProblem,
      /** What is lost with the machine is no help when the machine is lost. */
      isOnSameDisk: isOnSameDisk(parts.directory, folder()),
    }),

    /** Backups from then on are for this passphrase; those before stay for theirs. */
    setPassphrase(passphrase: string): void {
      settings.set({ ownBackupLock: lockFor(passphrase) })
    },

    /** Makes one where the last is a day old. It is asked now and then, and throws nothing. */
    makeIfDue(now = new Date()): void {
      if (settings.get().ownBackupLock === null) return
      try {
        const newest = files()[0]
        // A file of tomorrow is of a clock that was wrong.
        const age =
          newest === undefined
            ? Number.POSITIVE_INFINITY
            : Math.abs(now.getTime() - Date.parse(newest.madeAt))
        if (age > dayMs) make(now)
      } catch (error) {
        lastProblem = error instanceof Error ? error.message : String(error)
        console.error(`The dashboard could not be backed up: ${lastProblem}`)
      }
    },
  }
}

/** The database without what is in the files of projects anyway, and without who is signed in. */
function contentOf(database: Database, draft: string): Buffer {
  rmSync(draft, { force: true })
  try {
    database.$client.prepare('vacuum into ?').run(draft)
    const copy = new Sqlite(draft)
    copy.exec('delete from runs; delete from sessions; vacuum')
    copy.close()
    return readFileSync(draft)
  } finally {
    rmSync(draft, { force: true })
  }
}

/** The newest first. */
function names(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => fileName.test(name))
      .sort()
      .reverse()
  } catch {
    return []
  }
}

function isOnSameDisk(directory: string, folder: string): boolean {
  try {
    return statSync(directory).dev === statSync(folder).dev
  } catch {
    return true
  }
}

const noPassphrase = new Problem({
  status: 409,
  code: 'NO_RECOVERY_PASSPHRASE',
  message: 'There is no recovery passphrase, for which the backup would be sealed.',
  suggestion: 'Set one under Settings, and keep it elsewhere.',
})
