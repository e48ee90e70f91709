import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { backupInto, query, testClients } from '../../helpers/database.ts'
import { majors } from '../../helpers/majors.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

const application = `
CREATE ROLE reader NOLOGIN; CREATE ROLE writer NOLOGIN; CREATE ROLE leader NOLOGIN; COMMENT ON ROLE reader IS 'reads';
GRANT reader TO writer; GRANT reader TO leader WITH ADMIN OPTION; ALTER ROLE reader SET work_mem = '5MB';
GRANT writer TO postgres;
ALTER ROLE reader IN DATABASE postgres SET statement_timeout = '7s'; ALTER DATABASE postgres SET work_mem = '6MB';
COMMENT ON DATABASE postgres IS 'of the shop'; GRANT TEMPORARY ON DATABASE postgres TO reader;
CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO reader; GRANT CREATE ON SCHEMA app TO writer;
CREATE TYPE app.state AS ENUM ('new', 'done'); GRANT USAGE ON TYPE app.state TO reader;
CREATE TYPE app.pair AS (a int, b text);
CREATE DOMAIN app.positive AS int CONSTRAINT above CHECK (VALUE > 0); GRANT USAGE ON DOMAIN app.positive TO reader;
CREATE TABLE app.customers (id int PRIMARY KEY, name text);
CREATE TABLE app.orders (id serial PRIMARY KEY, customer int CONSTRAINT of REFERENCES app.customers, total numeric CONSTRAINT big CHECK (total > 0),
  code text CONSTRAINT once UNIQUE DEFERRABLE, at timestamptz DEFAULT now(), twice numeric GENERATED ALWAYS AS (total * 2) STORED);
GRANT SELECT ON app.orders TO reader; GRANT UPDATE (code) ON app.orders TO writer; GRANT USAGE ON SEQUENCE app.orders_id_seq TO reader;
ALTER TABLE app.orders ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON app.orders FOR SELECT TO reader, writer USING (total > 1);
CREATE INDEX by_code ON app.orders (code); COMMENT ON INDEX app.by_code IS 'an index'; COMMENT ON COLUMN app.orders.code IS 'a code';
COMMENT ON POLICY own ON app.orders IS 'a policy'; COMMENT ON CONSTRAINT big ON app.orders IS 'a check'; COMMENT ON TYPE app.state IS 'a type';
COMMENT ON SCHEMA app IS 'a schema'; COMMENT ON SEQUENCE app.orders_id_seq IS 'a sequence';
CREATE FUNCTION app.noop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; GRANT EXECUTE ON FUNCTION app.noop() TO reader;
COMMENT ON FUNCTION app.noop() IS 'a function';
CREATE PROCEDURE app.act() LANGUAGE sql AS 'SELECT 1'; REVOKE EXECUTE ON PROCEDURE app.act() FROM PUBLIC;
CREATE AGGREGATE app.total(int) (SFUNC = int4pl, STYPE = int); GRANT EXECUTE ON FUNCTION app.total(int) TO reader;
CREATE TRIGGER touch BEFORE UPDATE ON app.orders FOR EACH ROW EXECUTE FUNCTION app.noop(); COMMENT ON TRIGGER touch ON app.orders IS 'a trigger';
CREATE VIEW app.v WITH (security_invoker) AS SELECT id FROM app.orders; COMMENT ON VIEW app.v IS 'a view';
CREATE RULE r AS ON DELETE TO app.customers DO ALSO NOTHING;
CREATE TABLE app.events (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE app.events_24 PARTITION OF app.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE app.events_25 PARTITION OF app.events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TRIGGER each BEFORE INSERT ON app.events FOR EACH ROW EXECUTE FUNCTION app.noop();
INSERT INTO app.events VALUES (1, '2024-05-01'), (2, '2025-05-01');
CREATE TABLE app.elder (id int NOT NULL, note text DEFAULT 'elder'); CREATE TABLE app.heir () INHERITS (app.elder);
ALTER TABLE ONLY app.heir ALTER id DROP NOT NULL; ALTER TABLE ONLY app.heir ALTER note DROP DEFAULT;
CREATE STATISTICS app.stats ON customer, total FROM app.orders; CREATE COLLATION app.german (provider = icu, locale = 'de');
CREATE TEXT SEARCH CONFIGURATION app.words (COPY = simple);
CREATE PUBLICATION pub FOR TABLE app.orders (id, code) WHERE (id > 3) WITH (publish = 'insert, update');
ALTER TABLE app.orders REPLICA IDENTITY FULL;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO reader; ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO writer;
SELECT lo_from_bytea(4711, 'abc'); GRANT SELECT ON LARGE OBJECT 4711 TO reader; COMMENT ON LARGE OBJECT 4711 IS 'a picture';
INSERT INTO app.customers VALUES (1, 'Ann'); INSERT INTO app.orders (customer, total, code) VALUES (1, 5, 'x');
CREATE FUNCTION app.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION app.on_ddl(); COMMENT ON EVENT TRIGGER watch IS 'watches';
CREATE POLICY files ON storage.objects FOR SELECT TO reader USING (bucket_id = 'a');
`

/** What takes more than a hosted project's postgres. */
const asSuperuser = `
CREATE FOREIGN DATA WRAPPER remote; ALTER FOREIGN DATA WRAPPER remote OWNER TO supabase_admin; GRANT USAGE ON FOREIGN DATA WRAPPER remote TO postgres WITH GRANT OPTION;
SET ROLE postgres; CREATE SERVER crm FOREIGN DATA WRAPPER remote OPTIONS (host 'a'); GRANT USAGE ON FOREIGN SERVER crm TO reader; COMMENT ON SERVER crm IS 'a server';
CREATE FOREIGN TABLE app.far (id int OPTIONS (col 'a')) SERVER crm OPTIONS (tab 'b'); GRANT SELECT ON app.far TO reader
`

type Change = [what: string, sql: string, undo: string, difference: string]

/** What is done to the target, what undoes it, and how the difference is called. */
const changes: Change[] = [
  // On what is the platform's
  [
    'a comment on an extension',
    `COMMENT ON EXTENSION pgcrypto IS 'mine'`,
    `COMMENT ON EXTENSION pgcrypto IS 'cryptographic functions'`,
    'comment EXTENSION pgcrypto',
  ],
  [
    'an extension without its comment',
    'COMMENT ON EXTENSION pgcrypto IS NULL',
    `COMMENT ON EXTENSION pgcrypto IS 'cryptographic functions'`,
    'comment EXTENSION pgcrypto',
  ],
  [
    'a comment on the schema of extensions',
    `COMMENT ON SCHEMA extensions IS 'mine'`,
    'COMMENT ON SCHEMA extensions IS NULL',
    'comment SCHEMA extensions',
  ],
  [
    'a right of a role on the schema of extensions',
    'GRANT USAGE ON SCHEMA extensions TO reader',
    'REVOKE USAGE ON SCHEMA extensions FROM reader',
    'grant USAGE on schema extensions to reader',
  ],
  // On tables that inherit
  [
    'a NOT NULL as its parent has it',
    'ALTER TABLE ONLY app.heir ALTER id SET NOT NULL',
    'ALTER TABLE ONLY app.heir ALTER id DROP NOT NULL',
    'column app.heir.id',
  ],
  [
    'a default as its parent has it',
    `ALTER TABLE ONLY app.heir ALTER note SET DEFAULT 'elder'`,
    'ALTER TABLE ONLY app.heir ALTER note DROP DEFAULT',
    'object DEFAULT app heir note',
  ],
  // Privileges
  [
    'a right on a table',
    'GRANT DELETE ON app.orders TO reader',
    'REVOKE DELETE ON app.orders FROM reader',
    'grant ACL app TABLE "orders"',
  ],
  [
    'a right on a table less',
    'REVOKE SELECT ON app.orders FROM reader',
    'GRANT SELECT ON app.orders TO reader',
    'grant ACL app TABLE "orders"',
  ],
  [
    'the right to pass a right on',
    'GRANT SELECT ON app.orders TO reader WITH GRANT OPTION',
    'REVOKE GRANT OPTION FOR SELECT ON app.orders FROM reader',
    'grant ACL app TABLE "orders"',
  ],
  [
    'a right on a column',
    'GRANT UPDATE (total) ON app.orders TO writer',
    'REVOKE UPDATE (total) ON app.orders FROM writer',
    'grant ACL app COLUMN "orders"."total"',
  ],
  [
    'a right on a view',
    'GRANT SELECT ON app.v TO anon',
    'REVOKE SELECT ON app.v FROM anon',
    'grant ACL app TABLE "v"',
  ],
  [
    'a right on a sequence',
    'GRANT UPDATE ON SEQUENCE app.orders_id_seq TO reader',
    'REVOKE UPDATE ON SEQUENCE app.orders_id_seq FROM reader',
    'grant ACL app SEQUENCE "orders_id_seq"',
  ],
  [
    'a right on a function',
    'REVOKE EXECUTE ON FUNCTION app.noop() FROM reader',
    'GRANT EXECUTE ON FUNCTION app.noop() TO reader',
    'grant ACL app FUNCTION "noop"()',
  ],
  [
    'a procedure everybody may call',
    'GRANT EXECUTE ON PROCEDURE app.act() TO PUBLIC',
    'REVOKE EXECUTE ON PROCEDURE app.act() FROM PUBLIC',
    'grant ACL app PROCEDURE "act"()',
  ],
  [
    'a right on an aggregate',
    'REVOKE EXECUTE ON FUNCTION app.total(int) FROM reader',
    'GRANT EXECUTE ON FUNCTION app.total(int) TO reader',
    'grant ACL app FUNCTION "total"(integer)',
  ],
  [
    'a right on a type',
    'REVOKE USAGE ON TYPE app.state FROM reader',
    'GRANT USAGE ON TYPE app.state TO reader',
    'grant ACL app TYPE "state"',
  ],
  [
    'a right on a domain',
    'REVOKE USAGE ON DOMAIN app.positive FROM PUBLIC',
    'GRANT USAGE ON DOMAIN app.positive TO PUBLIC',
    'grant ACL app TYPE "positive"',
  ],
  [
    'a right on a schema',
    'GRANT USAGE ON SCHEMA app TO anon',
    'REVOKE USAGE ON SCHEMA app FROM anon',
    'grant ACL SCHEMA "app"',
  ],
  [
    'a right on a foreign server',
    'REVOKE USAGE ON FOREIGN SERVER crm FROM reader',
    'GRANT USAGE ON FOREIGN SERVER crm TO reader',
    'grant ACL FOREIGN SERVER "crm"',
  ],
  [
    'a right on a foreign table',
    'REVOKE SELECT ON app.far FROM reader',
    'GRANT SELECT ON app.far TO reader',
    'grant ACL app TABLE "far"',
  ],
  [
    'a right on a large object',
    'GRANT UPDATE ON LARGE OBJECT 4711 TO reader',
    'REVOKE UPDATE ON LARGE OBJECT 4711 FROM reader',
    'large object 4711',
  ],
  [
    'a right on the database',
    'REVOKE TEMPORARY ON DATABASE postgres FROM reader',
    'GRANT TEMPORARY ON DATABASE postgres TO reader',
    'grant TEMPORARY on the database to reader',
  ],
  [
    'a default privilege of a schema',
    'ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT INSERT ON TABLES TO reader',
    'ALTER DEFAULT PRIVILEGES IN SCHEMA app REVOKE INSERT ON TABLES FROM reader',
    'grant DEFAULT ACL app DEFAULT PRIVILEGES FOR TABLES of postgres',
  ],
  [
    'a default privilege everywhere',
    'ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM writer',
    'ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO writer',
    'grant DEFAULT ACL DEFAULT PRIVILEGES FOR FUNCTIONS of postgres',
  ],
  [
    'a right of a role of yours in Auth',
    'GRANT SELECT ON auth.users TO reader',
    'REVOKE SELECT ON auth.users FROM reader',
    'grant SELECT on relation auth.users to reader',
  ],
  // Owners
  [
    'the owner of a table',
    'ALTER TABLE app.customers OWNER TO writer',
    'ALTER TABLE app.customers OWNER TO postgres',
    'object TABLE app customers',
  ],
  [
    'the owner of a view',
    'ALTER VIEW app.v OWNER TO writer',
    'ALTER VIEW app.v OWNER TO postgres',
    'object VIEW app v',
  ],
  [
    'the owner of a function',
    'ALTER FUNCTION app.noop() OWNER TO writer',
    'ALTER FUNCTION app.noop() OWNER TO postgres',
    'object FUNCTION app noop()',
  ],
  [
    'the owner of a type',
    'ALTER TYPE app.state OWNER TO writer',
    'ALTER TYPE app.state OWNER TO postgres',
    'object TYPE app state',
  ],
  [
    'the owner of a schema',
    'ALTER SCHEMA app OWNER TO writer',
    'ALTER SCHEMA app OWNER TO postgres; GRANT CREATE ON SCHEMA app TO writer',
    'object SCHEMA app',
  ],
  [
    'the owner of a large object',
    'ALTER LARGE OBJECT 4711 OWNER TO writer',
    'ALTER LARGE OBJECT 4711 OWNER TO postgres',
    'large object 4711',
  ],
  // Comments
  ...(
    [
      ['COLUMN app.orders.code', 'a code', 'app COLUMN "orders"."code"'],
      ['INDEX app.by_code', 'an index', 'app INDEX "by_code"'],
      ['POLICY own ON app.orders', 'a policy', 'app POLICY "own" ON "orders"'],
      ['CONSTRAINT big ON app.orders', 'a check', 'app CONSTRAINT "big" ON "orders"'],
      ['TYPE app.state', 'a type', 'app TYPE "state"'],
      ['SCHEMA app', 'a schema', 'SCHEMA "app"'],
      ['SEQUENCE app.orders_id_seq', 'a sequence', 'app SEQUENCE "orders_id_seq"'],
      ['FUNCTION app.noop()', 'a function', 'app FUNCTION "noop"()'],
      ['TRIGGER touch ON app.orders', 'a trigger', 'app TRIGGER "touch" ON "orders"'],
      ['VIEW app.v', 'a view', 'app VIEW "v"'],
      ['EVENT TRIGGER watch', 'watches', 'EVENT TRIGGER "watch"'],
      ['SERVER crm', 'a server', 'SERVER "crm"'],
    ] as const
  ).map(
    ([on, text, name]): Change => [
      `the comment on ${on}`,
      `COMMENT ON ${on} IS 'other'`,
      `COMMENT ON ${on} IS '${text}'`,
      `comment COMMENT ${name}`,
    ],
  ),
  [
    'the comment on a large object',
    `COMMENT ON LARGE OBJECT 4711 IS 'other'`,
    `COMMENT ON LARGE OBJECT 4711 IS 'a picture'`,
    'large object 4711',
  ],
  [
    'the comment on a role',
    `COMMENT ON ROLE reader IS 'other'`,
    `COMMENT ON ROLE reader IS 'reads'`,
    'role reader',
  ],
  [
    'the comment on the database',
    `COMMENT ON DATABASE postgres IS 'other'`,
    `COMMENT ON DATABASE postgres IS 'of the shop'`,
    'database comment',
  ],
  // States
  [
    'a disabled trigger',
    'ALTER TABLE app.orders DISABLE TRIGGER touch',
    'ALTER TABLE app.orders ENABLE TRIGGER touch',
    'trigger TRIGGER app orders touch',
  ],
  [
    'a trigger that fires on a replica too',
    'ALTER TABLE app.orders ENABLE ALWAYS TRIGGER touch',
    'ALTER TABLE app.orders ENABLE TRIGGER touch',
    'trigger TRIGGER app orders touch',
  ],
  [
    'a trigger disabled on one partition',
    'ALTER TABLE app.events_24 DISABLE TRIGGER each',
    'ALTER TABLE app.events_24 ENABLE TRIGGER each',
    'trigger TRIGGER app events_24 each',
  ],
  [
    'a disabled rule',
    'ALTER TABLE app.customers DISABLE RULE r',
    'ALTER TABLE app.customers ENABLE RULE r',
    'object RULE app customers r',
  ],
  [
    'a disabled event trigger',
    'ALTER EVENT TRIGGER watch DISABLE',
    'ALTER EVENT TRIGGER watch ENABLE',
    'trigger EVENT TRIGGER watch',
  ],
  [
    'row security that binds the owner',
    'ALTER TABLE app.orders FORCE ROW LEVEL SECURITY',
    'ALTER TABLE app.orders NO FORCE ROW LEVEL SECURITY',
    'object TABLE app orders',
  ],
  [
    'row security that is off',
    'ALTER TABLE app.orders DISABLE ROW LEVEL SECURITY',
    'ALTER TABLE app.orders ENABLE ROW LEVEL SECURITY',
    'policy ROW SECURITY app orders',
  ],
  [
    'row security that is on',
    'ALTER TABLE app.customers ENABLE ROW LEVEL SECURITY',
    'ALTER TABLE app.customers DISABLE ROW LEVEL SECURITY',
    'policy ROW SECURITY app customers',
  ],
  [
    'another replica identity',
    'ALTER TABLE app.orders REPLICA IDENTITY DEFAULT',
    'ALTER TABLE app.orders REPLICA IDENTITY FULL',
    'object TABLE app orders',
  ],
  [
    'a check that is not valid',
    'ALTER TABLE app.orders DROP CONSTRAINT big, ADD CONSTRAINT big CHECK (total > 0) NOT VALID',
    `ALTER TABLE app.orders VALIDATE CONSTRAINT big; COMMENT ON CONSTRAINT big ON app.orders IS 'a check'`,
    'constraint CHECK CONSTRAINT app orders big',
  ],
  [
    'a foreign key that is not valid',
    'ALTER TABLE app.orders DROP CONSTRAINT of, ADD CONSTRAINT of FOREIGN KEY (customer) REFERENCES app.customers NOT VALID',
    'ALTER TABLE app.orders VALIDATE CONSTRAINT of',
    'constraint FK CONSTRAINT app orders of',
  ],
  [
    'a foreign key that is checked later',
    'ALTER TABLE app.orders ALTER CONSTRAINT of DEFERRABLE INITIALLY DEFERRED',
    'ALTER TABLE app.orders ALTER CONSTRAINT of NOT DEFERRABLE',
    'constraint FK CONSTRAINT app orders of',
  ],
  [
    'a foreign key that deletes',
    'ALTER TABLE app.orders DROP CONSTRAINT of, ADD CONSTRAINT of FOREIGN KEY (customer) REFERENCES app.customers ON DELETE CASCADE',
    'ALTER TABLE app.orders DROP CONSTRAINT of, ADD CONSTRAINT of FOREIGN KEY (customer) REFERENCES app.customers',
    'constraint FK CONSTRAINT app orders of',
  ],
  [
    'a unique constraint that is not deferrable',
    'ALTER TABLE app.orders DROP CONSTRAINT once, ADD CONSTRAINT once UNIQUE (code)',
    'ALTER TABLE app.orders DROP CONSTRAINT once, ADD CONSTRAINT once UNIQUE (code) DEFERRABLE',
    'constraint CONSTRAINT app orders once',
  ],
  [
    'a check of a domain that is not valid',
    'ALTER DOMAIN app.positive DROP CONSTRAINT above; ALTER DOMAIN app.positive ADD CONSTRAINT above CHECK (VALUE > 0) NOT VALID',
    'ALTER DOMAIN app.positive VALIDATE CONSTRAINT above',
    'object DOMAIN app positive',
  ],
  // Policies, publications, definitions
  [
    'a policy for one role more',
    'ALTER POLICY own ON app.orders TO reader, writer, anon',
    'ALTER POLICY own ON app.orders TO reader, writer',
    'policy POLICY app orders own',
  ],
  [
    'a policy that lets more through',
    'ALTER POLICY own ON app.orders USING (total > 0)',
    'ALTER POLICY own ON app.orders USING (total > 1)',
    'policy POLICY app orders own',
  ],
  [
    'a policy of Storage for everybody',
    'ALTER POLICY files ON storage.objects TO PUBLIC',
    'ALTER POLICY files ON storage.objects TO reader',
    'policy POLICY storage objects files',
  ],
  [
    'a published column',
    'ALTER PUBLICATION pub SET TABLE app.orders (id, code, total) WHERE (id > 3)',
    'ALTER PUBLICATION pub SET TABLE app.orders (id, code) WHERE (id > 3)',
    'publication PUBLICATION TABLE app pub orders',
  ],
  [
    'other published rows',
    'ALTER PUBLICATION pub SET TABLE app.orders (id, code) WHERE (id > 4)',
    'ALTER PUBLICATION pub SET TABLE app.orders (id, code) WHERE (id > 3)',
    'publication PUBLICATION TABLE app pub orders',
  ],
  [
    'other published operations',
    `ALTER PUBLICATION pub SET (publish = 'insert')`,
    `ALTER PUBLICATION pub SET (publish = 'insert, update')`,
    'publication PUBLICATION pub',
  ],
  [
    'other operations that Realtime publishes',
    `ALTER PUBLICATION supabase_realtime SET (publish = 'insert')`,
    `ALTER PUBLICATION supabase_realtime SET (publish = 'insert, update, delete, truncate')`,
    'publication supabase_realtime',
  ],
  [
    'a default that is another',
    `ALTER TABLE app.orders ALTER at SET DEFAULT '2020-01-01'`,
    'ALTER TABLE app.orders ALTER at SET DEFAULT now()',
    'object TABLE app orders',
  ],
  [
    'a view that runs as its owner',
    'ALTER VIEW app.v SET (security_invoker = false)',
    'ALTER VIEW app.v SET (security_invoker)',
    'object VIEW app v',
  ],
  [
    'an option of a foreign server',
    `ALTER SERVER crm OPTIONS (SET host 'b')`,
    `ALTER SERVER crm OPTIONS (SET host 'a')`,
    'object SERVER crm',
  ],
  [
    'an option of a foreign column',
    `ALTER FOREIGN TABLE app.far ALTER id OPTIONS (SET col 'z')`,
    `ALTER FOREIGN TABLE app.far ALTER id OPTIONS (SET col 'a')`,
    'object FOREIGN TABLE app far',
  ],
  [
    'a type that lost nothing but has a member more',
    'ALTER TYPE app.pair ADD ATTRIBUTE c int',
    'ALTER TYPE app.pair DROP ATTRIBUTE c',
    'object TYPE app pair',
  ],
  [
    'a function with a setting',
    'ALTER FUNCTION app.noop() SET search_path = app',
    'ALTER FUNCTION app.noop() RESET search_path',
    'object FUNCTION app noop()',
  ],
  [
    'a sequence with another step',
    'ALTER SEQUENCE app.orders_id_seq INCREMENT 2',
    'ALTER SEQUENCE app.orders_id_seq INCREMENT 1',
    'object SEQUENCE app orders_id_seq',
  ],
  [
    'a detached partition',
    'ALTER TABLE app.events DETACH PARTITION app.events_25',
    `ALTER TABLE app.events ATTACH PARTITION app.events_25 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')`,
    'object TABLE ATTACH app events_25',
  ],
  [
    'a row of a partition',
    `UPDATE app.events SET id = 9 WHERE id = 2`,
    `UPDATE app.events SET id = 2 WHERE id = 9`,
    'table app.events_25',
  ],
  // Roles
  ['a role that may log in', 'ALTER ROLE reader LOGIN', 'ALTER ROLE reader NOLOGIN', 'role reader'],
  ['a role that inherits nothing', 'ALTER ROLE leader NOINHERIT', 'ALTER ROLE leader INHERIT', 'role leader'],
  [
    'a membership that administers',
    'GRANT reader TO writer WITH ADMIN OPTION',
    'REVOKE ADMIN OPTION FOR reader FROM writer',
    'membership reader to writer',
  ],
  [
    'a membership that no longer administers',
    'REVOKE ADMIN OPTION FOR reader FROM leader',
    'GRANT reader TO leader WITH ADMIN OPTION',
    'membership reader to leader',
  ],
  ['a membership less', 'REVOKE reader FROM writer', 'GRANT reader TO writer', 'membership reader to writer'],
  [
    'another setting of a role',
    `ALTER ROLE reader SET work_mem = '8MB'`,
    `ALTER ROLE reader SET work_mem = '5MB'`,
    'setting work_mem of reader',
  ],
  [
    'another setting of a role in the database',
    `ALTER ROLE reader IN DATABASE postgres SET statement_timeout = '9s'`,
    `ALTER ROLE reader IN DATABASE postgres SET statement_timeout = '7s'`,
    'setting statement_timeout of reader in the database',
  ],
  [
    'another setting of the database',
    `ALTER DATABASE postgres SET work_mem = '9MB'`,
    `ALTER DATABASE postgres SET work_mem = '6MB'`,
    'setting work_mem of the database',
  ],
]

/** Options of memberships, and the right to maintain: new in 16 and 17. */
const changes17: Change[] = [
  [
    'a membership that is not inherited',
    'GRANT reader TO writer WITH INHERIT FALSE',
    'GRANT reader TO writer WITH INHERIT TRUE',
    'membership reader to writer',
  ],
  [
    'a membership that may not be taken on',
    'GRANT reader TO writer WITH SET FALSE',
    'GRANT reader TO writer WITH SET TRUE',
    'membership reader to writer',
  ],
  [
    'the right to maintain',
    'GRANT MAINTAIN ON app.orders TO reader',
    'REVOKE MAINTAIN ON app.orders FROM reader',
    'grant ACL app TABLE "orders"',
  ],
]

describe.each(majors)('the verification on PostgreSQL %i', (major) => {
  let platform: TestPlatform
  let clients: PostgresClients
  let generation: string

  const differences = async () => {
    const found = await verifyDatabase({
      ...{ generation, clients, log: silentLog },
      target: parseConnection({ url: platform.databaseUrl }, 'test'),
    })
    return found.differences
  }

  beforeAll(async () => {
    ;[platform, clients] = await Promise.all([startTestPlatform({ major }), testClients(major)])
    await query(platform.superuserUrl, 'ALTER ROLE postgres SUPERUSER')
    await query(platform.databaseUrl, application)
    await query(platform.superuserUrl, asSuperuser)
    await query(platform.superuserUrl, 'ALTER ROLE postgres NOSUPERUSER')
    generation = await backupInto(platform.databaseUrl, clients)
  })

  afterAll(async () => {
    await platform?.stop()
    await rm(generation, { recursive: true, force: true })
  })

  test('finds nothing where nothing was changed', async () => {
    expect(await differences()).toEqual([])
  })

  test.each(major === 17 ? [...changes, ...changes17] : changes)(
    'sees %s, and nothing once it is undone',
    async (_, sql, undo, name) => {
      // Roles and event triggers of a superuser's making are for a superuser to change.
      const url =
        /^(ALTER (ROLE|EVENT)|GRANT reader|COMMENT ON (ROLE|EXTENSION)|REVOKE (ADMIN OPTION FOR )?reader)/.test(
          sql,
        )
          ? platform.superuserUrl
          : platform.databaseUrl
      await query(url, sql)
      const found = await differences().finally(() => query(url, undo))
      expect(found.map((each) => `${each.kind} ${each.name}`)).toContain(name)
      expect(await differences()).toEqual([])
    },
  )
})
