import { access, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { BackupError } from '../common/errors.ts'
import { errorFields } from '../common/failure.ts'
import { writeFileAtomic } from '../common/files.ts'
import type { Log } from '../common/log.ts'
import type { Component } from './component.ts'

/** Between two looks, in milliseconds: the other component's dump takes minutes. */
const lookMs = 20

/** What the components of one run tell each other by, each from a process of its own: files in the run's directory. */
export interface Rendezvous {
  /**
   * Puts what the other components read in a snapshot into the generation, in that snapshot.
   * @returns the names of those that something was written for
   */
  fill(client: pg.ClientBase, takenAt: string): Promise<string[]>
  /**
   * Waits until that is there for a component: true; or until the component that opens the snapshot has ended without it, or
   * none is to: false.
   */
  arrived(): Promise<boolean>
  /** The component that opens the snapshot, where it has ended with this very error, and so has told of it. */
  teller(error: BackupError): Promise<string | undefined>
  /** When the snapshot was taken that `fill` was called in; null where it was not. */
  takenAt(): Promise<string | null>
}

/**
 * @param options.directory the run's; undefined where a component works alone
 * @param options.wanted the components of the run
 */
export function openRendezvous(options: {
  component: Component
  wanted: readonly Component[]
  directory: string | undefined
  generation: string
  log: Log
  signal: AbortSignal
}): Rendezvous {
  const { component, wanted, directory, generation, log, signal } = options
  const others = wanted.filter(({ name }) => name !== component.name)
  const opener = others.find(({ opensSnapshot }) => opensSnapshot)
  return {
    async fill(client, takenAt) {
      if (directory !== undefined) await writeFileAtomic(join(directory, 'snapshot-at'), takenAt)
      const filled: string[] = []
      for (const other of others) {
        if (other.inSnapshot === undefined) continue
        // What another cannot read is its own failure, and must not end this one's transaction.
        await client.query('savepoint others')
        try {
          await other.inSnapshot.write({ client, generation, signal })
          await client.query('release savepoint others')
          filled.push(other.name)
        } catch (error) {
          signal.throwIfAborted()
          log.warn(`what ${other.name} reads in the snapshot could not be written: ${messageOf(error)}`)
          await client.query('rollback to savepoint others')
        }
      }
      return filled
    },
    async arrived() {
      const { inSnapshot } = component
      if (inSnapshot === undefined || opener === undefined || directory === undefined) return false
      for (;;) {
        // In this order: what it wrote before it ended is there.
        const hasEnded = await isOver(directory, opener.name)
        if (await inSnapshot.isWritten(generation)) return true
        if (hasEnded) return false
        await sleep(lookMs, undefined, { signal })
      }
    },
    async teller(error) {
      if (opener === undefined || directory === undefined) return undefined
      const told = await readFile(join(directory, `component-${opener.name}.error`), 'utf8').catch(() => '')
      const fieldsOf = (fields: string) => fields.split('\0').slice(0, 2).join(': ')
      return fieldsOf(told) === fieldsOf(errorFields(error)) ? opener.name : undefined
    },
    async takenAt() {
      if (directory === undefined) return null
      return readFile(join(directory, 'snapshot-at'), 'utf8').catch(() => null)
    },
  }
}

/** What src/shell/components.sh leaves when a component's worker has ended, however it did: its exit code. */
export function exitNote(directory: string, name: string): string {
  return join(directory, `component-${name}.exit`)
}

/**
 * Whether a component's worker has ended, or has said all that it will: while the scripts wait for the repository's lock they note
 * no end.
 */
async function isOver(directory: string, name: string): Promise<boolean> {
  const said = [join(directory, `component-${name}.error`), documentOf(directory, name)]
  const sizes = await Promise.all(
    said.map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.some((size) => size > 0) || exists(exitNote(directory, name))
}

/** The document of a component's worker. */
export function documentOf(directory: string, name: string): string {
  return join(directory, `component-${name}.json`)
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
