-- The functions of the platform's event triggers, in schema extensions, and its default privileges there.

-- PostgREST reloads its schema cache on this notification.
CREATE FUNCTION extensions.pgrst_ddl_watch() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM pg_event_trigger_ddl_commands() AS command
    WHERE command.schema_name IS DISTINCT FROM 'pg_temp'
      AND command.command_tag ~ '^(CREATE|ALTER|COMMENT|GRANT|REVOKE|SELECT INTO)'
  ) THEN
    NOTIFY pgrst, 'reload schema';
  END IF;
END
$$;

CREATE FUNCTION extensions.pgrst_drop_watch() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM pg_event_trigger_dropped_objects() AS object WHERE NOT object.is_temporary) THEN
    NOTIFY pgrst, 'reload schema';
  END IF;
END
$$;

-- The next ones hand a newly installed extension's objects to postgres and the API roles.
CREATE FUNCTION extensions.grant_pg_cron_access() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM pg_event_trigger_ddl_commands() AS command
    JOIN pg_extension AS extension ON command.objid = extension.oid WHERE extension.extname = 'pg_cron'
  ) THEN
    GRANT USAGE ON SCHEMA cron TO postgres WITH GRANT OPTION;
    GRANT ALL ON ALL FUNCTIONS IN SCHEMA cron TO postgres WITH GRANT OPTION;
    GRANT SELECT ON ALL SEQUENCES IN SCHEMA cron TO postgres WITH GRANT OPTION;
    GRANT ALL ON ALL TABLES IN SCHEMA cron TO postgres WITH GRANT OPTION;
    REVOKE ALL ON cron.job FROM postgres;
    GRANT SELECT ON cron.job TO postgres WITH GRANT OPTION;
  END IF;
END
$$;
CREATE FUNCTION extensions.grant_pg_net_access() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM pg_event_trigger_ddl_commands() AS command
    JOIN pg_extension AS extension ON command.objid = extension.oid WHERE extension.extname = 'pg_net'
  ) THEN
    GRANT USAGE ON SCHEMA net TO supabase_functions_admin, postgres, anon, authenticated, service_role;
  END IF;
END
$$;
-- There is no pg_graphql to install here, so there is nothing for these to do.
CREATE FUNCTION extensions.grant_pg_graphql_access() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION extensions.set_graphql_placeholder() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';

GRANT EXECUTE ON FUNCTION extensions.grant_pg_cron_access() TO supabase_admin WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION extensions.grant_pg_cron_access() TO dashboard_user;
GRANT EXECUTE ON FUNCTION extensions.grant_pg_net_access() TO supabase_admin WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION extensions.grant_pg_net_access() TO dashboard_user;

ALTER DEFAULT PRIVILEGES FOR ROLE supabase_admin IN SCHEMA extensions
  GRANT ALL ON TABLES TO postgres WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE supabase_admin IN SCHEMA extensions
  GRANT ALL ON SEQUENCES TO postgres WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE supabase_admin IN SCHEMA extensions
  GRANT ALL ON FUNCTIONS TO postgres WITH GRANT OPTION;
GRANT ALL ON ALL TABLES IN SCHEMA extensions TO postgres WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION extensions.pgrst_ddl_watch() TO postgres WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION extensions.pgrst_drop_watch() TO postgres WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION extensions.grant_pg_graphql_access() TO postgres WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION extensions.set_graphql_placeholder() TO postgres WITH GRANT OPTION;
