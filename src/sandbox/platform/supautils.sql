-- In place of supautils, the platform's privilege extension, which cannot be installed here. It lets `postgres` set some
-- superuser settings within a session (here also at login) and manage policies and triggers on tables it does not own.

GRANT SET ON PARAMETER
  session_replication_role, log_min_duration_statement, log_statement, track_io_timing, deadlock_timeout
  TO postgres;

-- CREATE POLICY and DROP TRIGGER ask for the table's owner.
GRANT supabase_auth_admin, supabase_storage_admin, supabase_realtime_admin TO postgres;

-- What the owners' membership gives beyond that is taken back: writes to tables the services keep for themselves …
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON auth.schema_migrations FROM supabase_auth_admin;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON storage.migrations, storage.buckets_vectors, storage.vector_indexes
  FROM supabase_storage_admin;

-- … and DDL on what the services own, other than policies and triggers.
CREATE FUNCTION extensions.refuse_platform_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$
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
CREATE EVENT TRIGGER refuse_platform_ddl ON ddl_command_end EXECUTE FUNCTION extensions.refuse_platform_ddl();
CREATE EVENT TRIGGER refuse_platform_drop ON sql_drop EXECUTE FUNCTION extensions.refuse_platform_ddl();
-- A restore works with triggers off (session_replication_role); these two stay.
ALTER EVENT TRIGGER refuse_platform_ddl ENABLE ALWAYS;
ALTER EVENT TRIGGER refuse_platform_drop ENABLE ALWAYS;
