-- In place of supautils, the platform's privilege extension, which cannot be installed here. It lets `postgres` set some
-- superuser settings within a session (here also at login) and manage policies and triggers on tables it does not own.
-- Can be run again, also over a database restored from a sandbox's own dump.

GRANT SET ON PARAMETER
  session_replication_role, log_min_duration_statement, log_statement, track_io_timing, deadlock_timeout
  TO postgres;

-- CREATE POLICY and DROP TRIGGER ask for the table's owner.
GRANT supabase_auth_admin, supabase_storage_admin, supabase_realtime_admin TO postgres;

-- ALTER ROLE authenticator SET … asks for CREATEROLE, and since major 16 for ADMIN of that role, too.
DO $$
BEGIN
  IF current_setting('server_version_num')::integer >= 160000 THEN
    EXECUTE 'GRANT authenticator TO postgres WITH ADMIN TRUE, INHERIT FALSE, SET FALSE';
  END IF;
END
$$;

-- What the owners' membership gives beyond that is taken back: writes to tables the services keep for themselves …
DO $$
DECLARE
  kept record;
BEGIN
  FOR kept IN
    SELECT oid::regclass AS name, relowner::regrole AS owner FROM pg_class
    WHERE oid IN (
      to_regclass('auth.schema_migrations'), to_regclass('storage.migrations'),
      to_regclass('storage.buckets_vectors'), to_regclass('storage.vector_indexes')
    )
  LOOP
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON %s FROM %s', kept.name, kept.owner);
  END LOOP;
END
$$;

-- … and DDL on what the services own, other than policies and triggers.
CREATE OR REPLACE FUNCTION extensions.refuse_platform_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE
  refused text;
BEGIN
  IF current_user <> 'postgres' THEN
    RETURN;
  END IF;
  IF tg_event = 'sql_drop' THEN
    SELECT object_identity INTO refused FROM pg_event_trigger_dropped_objects()
    WHERE original AND schema_name IN ('auth', 'storage', 'realtime') AND object_type NOT IN ('policy', 'trigger');
  ELSE
    SELECT object_identity INTO refused FROM pg_event_trigger_ddl_commands()
    WHERE schema_name IN ('auth', 'storage', 'realtime') AND object_type NOT IN ('policy', 'trigger');
  END IF;
  IF refused IS NOT NULL THEN
    RAISE EXCEPTION 'must be owner of %', refused USING ERRCODE = 'insufficient_privilege';
  END IF;
END
$$;
DROP EVENT TRIGGER IF EXISTS refuse_platform_ddl;
CREATE EVENT TRIGGER refuse_platform_ddl ON ddl_command_end EXECUTE FUNCTION extensions.refuse_platform_ddl();
DROP EVENT TRIGGER IF EXISTS refuse_platform_drop;
CREATE EVENT TRIGGER refuse_platform_drop ON sql_drop EXECUTE FUNCTION extensions.refuse_platform_ddl();
-- A restore works with triggers off (session_replication_role); these two stay.
ALTER EVENT TRIGGER refuse_platform_ddl ENABLE ALWAYS;
ALTER EVENT TRIGGER refuse_platform_drop ENABLE ALWAYS;
