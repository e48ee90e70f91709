import type { PostgresClients } from '../../src/database/clients.ts'
import { testClients } from './database.ts'

/** The majors of the hosted platform. */
export const majors = [15, 17] as const
export type Major = (typeof majors)[number]

/** Client programs that can dump a server of this major. */
export function clientsFor(major: Major): Promise<PostgresClients> {
  return testClients(major)
}
