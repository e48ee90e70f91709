-- In place of supautils, the platform's privilege extension, which cannot be installed here. It lets `postgres` set some
-- superuser settings within a session (here also at login) and manage policies and triggers on tables it does not own.
-- Can be run again, also over a database restored from a sandbox's own dump.

GRANT SET ON PARAMETER
  session_replication_role, log_min_duration_statement, log_min_messages, log_statement, track_io_timing,
  deadlock_timeout, wal_compression
  TO postgres;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_reload_conf() TO postgres;

-- CREATE POLICY and DROP TRIGGER ask for the table's owner.
GRANT supabase_auth_admin, supabase_storage_admin, supabase_realtime_admin TO postgres;

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

-- … and DDL on what the services own, other than policies and triggers on the tables that the platform lists for them.
CREATE OR REPLACE FUNCTION extensions.refuse_platform_ddl() RETURNS event_trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  listed CONSTANT text[] := ARRAY[
    'auth.audit_log_entries', 'auth.flow_state', 'auth.identities', 'auth.instances', 'auth.mfa_amr_claims',
    'auth.mfa_challenges', 'auth.mfa_factors', 'auth.oauth_clients', 'auth.one_time_tokens', 'auth.refresh_tokens',
    'auth.saml_providers', 'auth.saml_relay_states', 'auth.sessions', 'auth.sso_domains', 'auth.sso_providers',
    'auth.users', 'realtime.messages', 'realtime.subscription', 'storage.buckets', 'storage.buckets_analytics',
    'storage.objects', 'storage.prefixes', 'storage.s3_multipart_uploads', 'storage.s3_multipart_uploads_parts'
  ];
  command record;
  on_table text;
BEGIN
  IF current_user <> 'postgres' THEN
    RETURN;
  END IF;
  FOR command IN EXECUTE CASE tg_event
    WHEN 'sql_drop' THEN $drop$
      SELECT object_type AS type, object_identity AS identity, schema_name AS schema, address_names AS names, false AS moved
      FROM pg_event_trigger_dropped_objects() WHERE original $drop$
    ELSE $ddl$
      SELECT type, ddl.object_identity AS identity, schema_name AS schema, object_names AS names,
        pg_get_userbyid(relowner) IN ('supabase_auth_admin', 'supabase_storage_admin', 'supabase_realtime_admin') AS moved
      FROM pg_event_trigger_ddl_commands() AS ddl
      JOIN LATERAL pg_identify_object_as_address(classid, ddl.objid, ddl.objsubid) ON ddl.objid IS NOT NULL
      LEFT JOIN pg_class ON pg_class.oid = ddl.objid AND classid = 'pg_class'::regclass $ddl$
    END
  LOOP
    IF command.type IN ('policy', 'trigger', 'rule') THEN
      CONTINUE WHEN command.names[1] NOT IN ('auth', 'storage', 'realtime');
      on_table := command.names[1] || '.' || command.names[2];
      CONTINUE WHEN command.type = 'policy' AND on_table = ANY (listed);
      CONTINUE WHEN command.type = 'trigger' AND tg_tag = 'DROP TRIGGER' AND on_table = ANY (listed);
      IF command.type = 'trigger' AND tg_tag = 'CREATE TRIGGER' THEN
        -- Asked of the table's own list: postgres, a member of the owner, would always have it.
        CONTINUE WHEN EXISTS (
          SELECT FROM pg_class, aclexplode(relacl) WHERE pg_class.oid = to_regclass(on_table)
          AND grantee = 'postgres'::regrole AND privilege_type = 'TRIGGER'
        );
        RAISE EXCEPTION 'permission denied for table %', command.names[2] USING ERRCODE = 'insufficient_privilege';
      END IF;
      RAISE EXCEPTION 'must be owner of table %', command.names[2] USING ERRCODE = 'insufficient_privilege';
    END IF;
    CONTINUE WHEN command.moved IS NOT TRUE AND (command.schema IN ('auth', 'storage', 'realtime')) IS NOT TRUE;
    IF tg_tag LIKE 'CREATE %' AND command.type NOT IN ('index', 'statistics object') THEN
      RAISE EXCEPTION 'permission denied for schema %', command.schema USING ERRCODE = 'insufficient_privilege';
    END IF;
    RAISE EXCEPTION 'must be owner of % %', command.type, command.identity USING ERRCODE = 'insufficient_privilege';
  END LOOP;
END
$$;
DROP EVENT TRIGGER IF EXISTS refuse_platform_ddl;
CREATE EVENT TRIGGER refuse_platform_ddl ON ddl_command_end EXECUTE FUNCTION extensions.refuse_platform_ddl();
DROP EVENT TRIGGER IF EXISTS refuse_platform_drop;
CREATE EVENT TRIGGER refuse_platform_drop ON sql_drop EXECUTE FUNCTION extensions.refuse_platform_ddl();
-- A restore works with triggers off (session_replication_role); these stay.
ALTER EVENT TRIGGER refuse_platform_ddl ENABLE ALWAYS;
ALTER EVENT TRIGGER refuse_platform_drop ENABLE ALWAYS;
