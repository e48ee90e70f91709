/** The programs that the toolkit uses. */
export type ClientProgram = 'pg_dump' | 'pg_restore' | 'psql' | 'pg_dumpall'

interface ClientCommand {
  program: string
  args: string[]
  env: Record<string, string | undefined>
}

/** PostgreSQL's client programs, of one release, on this machine or in a container. */
export interface PostgresClients {
  major: number
  /** E.g. `17.11`. */
  version: string
  /** For people: version and where the programs are. */
  describe: string
  /**
   * The command that runs one of them.
   * @param env the connection, see `libpqEnvironment`; its password reaches the program by a file, see `PasswordFile`
   * @param folders absolute paths the program reads or writes, which a container has to be given
   */
  command(
    program: ClientProgram,
    args: readonly string[],
    env: Record<string, string>,
    folders?: readonly string[],
  ): ClientCommand
  /** Removes containers that did not end by themselves, and the password file. */
  close(): Promise<void>
}
