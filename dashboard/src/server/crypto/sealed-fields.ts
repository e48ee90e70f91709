import { and, eq, isNotNull } from 'drizzle-orm'
import type { Database } from '../db/open.ts'
import {
  alertChannels,
  credentials,
  formerCredentials,
  idempotentRequests,
  users,
} from '../db/schema/index.ts'

/** Where a person's secret of the second factor is kept, for its seal. */
export const totpPlace = (userId: string) => `users/${userId}/totp`

export const credentialPlace = (projectId: string, name: string) => `credentials/${projectId}/${name}`

export const answerPlace = (actor: string, key: string) => `idempotent_requests/${actor}/${key}`

export const channelPlace = (channelId: string) => `alert_channels/${channelId}/secrets`

/** A secret that is kept. */
interface SealedText {
  /** The row and field that it was sealed for. */
  place: string
  text: string
  /** Puts another text in its place; null takes the secret away. */
  replace(text: string | null): void
}

/** All that is sealed, by where it is. What is not in it is not sealed anew when the key changes: then the old key is kept. */
const sealedFields: readonly ((database: Database) => SealedText[])[] = [
  totpSecrets,
  projectSecrets,
  formerSecrets,
  keptAnswers,
  channelSecrets,
]

/** Every secret that is kept, of every table. */
export function sealedTexts(database: Database): SealedText[] {
  return sealedFields.flatMap((field) => field(database))
}

function totpSecrets(database: Database): SealedText[] {
  const rows = database.select().from(users).where(isNotNull(users.totpSecret)).all()
  return rows.map(({ id, totpSecret }) => ({
    place: totpPlace(id),
    text: totpSecret ?? '',
    replace: (text) => database.update(users).set({ totpSecret: text }).where(eq(users.id, id)).run(),
  }))
}

function projectSecrets(database: Database): SealedText[] {
  const rows = database.select().from(credentials).all()
  return rows.map(({ projectId, name, sealed }) => {
    const isThis = and(eq(credentials.projectId, projectId), eq(credentials.name, name))
    return {
      place: credentialPlace(projectId, name),
      text: sealed,
      replace(text) {
        if (text === null) database.delete(credentials).where(isThis).run()
        else database.update(credentials).set({ sealed: text }).where(isThis).run()
      },
    }
  })
}

function formerSecrets(database: Database): SealedText[] {
  const rows = database.select().from(formerCredentials).all()
  return rows.map(({ id, projectId, name, sealed }) => ({
    place: credentialPlace(projectId, name),
    text: sealed,
    replace(text) {
      const isThis = eq(formerCredentials.id, id)
      if (text === null) database.delete(formerCredentials).where(isThis).run()
      else database.update(formerCredentials).set({ sealed: text }).where(isThis).run()
    },
  }))
}

function keptAnswers(database: Database): SealedText[] {
  const rows = database
    .select()
    .from(idempotentRequests)
    .where(isNotNull(idempotentRequests.sealedBody))
    .all()
  return rows.map(({ actor, key, sealedBody }) => {
    const isThis = and(eq(idempotentRequests.actor, actor), eq(idempotentRequests.key, key))
    return {
      place: answerPlace(actor, key),
      text: sealedBody ?? '',
      replace(text) {
        if (text === null) database.delete(idempotentRequests).where(isThis).run()
        else database.update(idempotentRequests).set({ sealedBody: text }).where(isThis).run()
      },
    }
  })
}

function channelSecrets(database: Database): SealedText[] {
  const rows = database.select().from(alertChannels).where(isNotNull(alertChannels.secrets)).all()
  return rows.map(({ id, secrets }) => ({
    place: channelPlace(id),
    text: secrets ?? '',
    replace: (text) =>
      database.update(alertChannels).set({ secrets: text }).where(eq(alertChannels.id, id)).run(),
  }))
}

/** Ids of the keys that anything anywhere in the database was sealed with, whatever table it is in. */
export function keyIdsInUse(database: Database): Set<string> {
  const { $client } = database
  const tables = $client.prepare("select name from sqlite_master where type = 'table'").pluck().all()
  const ids = new Set<string>()
  for (const table of tables.map(String)) {
    const columns = $client.prepare('select name from pragma_table_info(?)').pluck().all(table).map(String)
    for (const column of columns) {
      const quoted = `"${column.replaceAll('"', '""')}"`
      const found = $client
        .prepare(
          `select distinct substr(${quoted}, 4, 8) from "${table}" where ${quoted} glob 'v1.[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f].*'`,
        )
        .pluck()
        .all()
      for (const id of found) ids.add(String(id))
    }
  }
  return ids
}
