import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PostgresClients } from '../../src/database/connect/client-programs.ts'

/**
 * The same clients, but their pg_restore ends after some bytes of what it writes into psql.
 * @param directory where the program in its place is put
 * @param ending how: exit with 1 as if the file were damaged, or killed
 */
export async function cutPgRestore(
  clients: PostgresClients,
  directory: string,
  bytes: number,
  ending: 'exit 1' | 'kill -9 $$',
): Promise<PostgresClients> {
  const script = join(directory, `pg_restore-${bytes}`)
  await writeFile(
    script,
    `#!/usr/bin/env bash\nprogram=$1; shift\n"$program" "$@" | head -c ${bytes}\n${ending}\n`,
  )
  await chmod(script, 0o755)
  return {
    ...clients,
    command(program, args, env, folders) {
      const call = clients.command(program, args, env, folders)
      return program === 'pg_restore'
        ? { ...call, program: script, args: [call.program, ...call.args] }
        : call
    },
  }
}

/** Makes the server refuse the statement with this number of those that change a schema, as supabase_admin. */
export const refuseStatement = (number: number) => `
  CREATE SEQUENCE IF NOT EXISTS extensions.statements_seen;
  SELECT setval('extensions.statements_seen', 1, false);
  GRANT USAGE ON SEQUENCE extensions.statements_seen TO PUBLIC;
  CREATE OR REPLACE FUNCTION extensions.refuse_statement() RETURNS event_trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF nextval('extensions.statements_seen') = ${number} THEN RAISE EXCEPTION 'injected fault at statement ${number}'; END IF;
  END $$;
  DROP EVENT TRIGGER IF EXISTS refuse_statement;
  CREATE EVENT TRIGGER refuse_statement ON ddl_command_end EXECUTE FUNCTION extensions.refuse_statement();
  ALTER EVENT TRIGGER refuse_statement ENABLE ALWAYS;
`

/** Makes the server refuse the first statement of a kind, e.g. `CREATE POLICY`. */
export const refuseTag = (tag: string) => `
  CREATE FUNCTION extensions.refuse_statement() RETURNS event_trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'injected fault at ${tag}'; END $$;
  CREATE EVENT TRIGGER refuse_statement ON ddl_command_end WHEN TAG IN ('${tag}') EXECUTE FUNCTION extensions.refuse_statement();
  ALTER EVENT TRIGGER refuse_statement ENABLE ALWAYS;
`

/** Undoes `refuseStatement` and `refuseTag`. */
export const refuseNothing = `
  DROP EVENT TRIGGER IF EXISTS refuse_statement;
  DROP FUNCTION IF EXISTS extensions.refuse_statement();
  DROP SEQUENCE IF EXISTS extensions.statements_seen;
`
