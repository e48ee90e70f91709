import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Problem } from '../problem.ts'

const keyBytes = 32
/** How a systemd unit may hand the key over: `LoadCredential=dashboard-key:…`. */
const credentialName = 'dashboard-key'

/** A key that secrets are sealed with, or were. */
export interface Key {
  /** Stands in what it sealed; says nothing of the key. */
  id: string
  secret: Buffer
}

/** Where the keys of a directory come from. */
export interface KeyFile {
  path: string
  /** Of systemd's, which nobody changes from here. */
  isCredential: boolean
  /** The one that seals is the first; those after it only open. None where there is no file. @throws Problem KEY_FILE_UNSAFE */
  read(): Key[]
  /** @throws Problem KEY_NOT_OURS */
  write(keys: readonly Key[]): void
}

export function keyFileOf(directory: string, credentials?: string): KeyFile {
  const credential = credentials === undefined ? undefined : join(credentials, credentialName)
  const isCredential = credential !== undefined && existsSync(credential)
  const path = isCredential ? credential : join(directory, 'key')
  return {
    path,
    isCredential,
    read: () => (existsSync(path) ? readKeys(path, isCredential) : []),
    write(keys) {
      if (isCredential) throw notOurs(path)
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      const draft = `${path}.new`
      const text = keys.map(({ secret }) => `${secret.toString('base64url')}\n`).join('')
      writeFileSync(draft, text, { mode: 0o600, flush: true })
      chmodSync(draft, 0o600)
      renameSync(draft, path)
    },
  }
}

export function newKey(): Key {
  return keyOf(randomBytes(keyBytes))
}

function keyOf(secret: Buffer): Key {
  const id = createHash('sha256').update('dashboard key id').update(secret).digest('hex').slice(0, 8)
  return { id, secret }
}

function readKeys(path: string, isCredential: boolean): Key[] {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
  const secrets = lines.map((line) => Buffer.from(line.trim(), 'base64url'))
  // Systemd has its own rules for who may read what it hands over.
  const isOpen = !isCredential && (statSync(path).mode & 0o077) !== 0
  if (!isOpen && secrets.length > 0 && secrets.every(({ length }) => length === keyBytes))
    return secrets.map(keyOf)
  throw new Problem({
    status: 500,
    code: 'KEY_FILE_UNSAFE',
    message: `The key file ${path} is damaged, or others of this machine may read it.`,
    suggestion: `Type: chmod 600 '${path}'; if it is damaged, put back the copy that you keep elsewhere.`,
  })
}

function notOurs(path: string): Problem {
  return new Problem({
    status: 409,
    code: 'KEY_NOT_OURS',
    message: `The key comes from systemd (${path}), and cannot be changed from here.`,
    suggestion:
      'Put a new key before the old one into the file that LoadCredential= names, a line each, and restart: everything is sealed anew then.',
  })
}
