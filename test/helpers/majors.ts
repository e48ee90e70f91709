import { silentLog } from '../../src/common/log.ts'
import { findClients, type PostgresClients } from '../../src/database/clients.ts'
import { prepareClients17 } from './clients-17.ts'
import { testClients } from './database.ts'

/** The majors of the hosted platform. */
export const majors = [15, 17] as const
export type Major = (typeof majors)[number]

/** Client programs that can dump a server of this major. */
export async function clientsFor(major: Major): Promise<PostgresClients> {
  if (major === 15) return testClients()
  const { binDirectory } = await prepareClients17()
  return findClients({ serverMajor: 17, pgBinDir: binDirectory, log: silentLog, phase: 'test' })
}
