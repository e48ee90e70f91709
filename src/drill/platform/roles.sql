-- The roles every hosted project has, their memberships and settings, and whose the database is. Runs as supabase_admin, the only superuser.

-- In the order of their creation there: Postgres lists roles, e.g. those of a policy, by oid.
CREATE ROLE postgres LOGIN CREATEDB CREATEROLE REPLICATION BYPASSRLS;
CREATE ROLE supabase_replication_admin LOGIN REPLICATION;
CREATE ROLE supabase_etl_admin LOGIN REPLICATION;
CREATE ROLE supabase_read_only_user LOGIN BYPASSRLS;
CREATE ROLE anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE service_role NOLOGIN BYPASSRLS;
CREATE ROLE authenticator LOGIN NOINHERIT;
CREATE ROLE supabase_auth_admin LOGIN NOINHERIT;
CREATE ROLE supabase_storage_admin LOGIN NOINHERIT CREATEROLE;
CREATE ROLE dashboard_user NOLOGIN CREATEDB CREATEROLE REPLICATION;
CREATE ROLE pgbouncer LOGIN;
CREATE ROLE supabase_functions_admin LOGIN NOINHERIT CREATEROLE;
CREATE ROLE supabase_superuser NOLOGIN;
CREATE ROLE cli_login_postgres LOGIN NOINHERIT;
CREATE ROLE supabase_realtime_admin NOLOGIN NOINHERIT;

GRANT anon, authenticated, service_role TO postgres;
GRANT authenticator TO supabase_storage_admin;
GRANT pg_monitor, pg_read_all_data, pg_signal_backend TO postgres;
GRANT postgres TO cli_login_postgres;
GRANT supabase_superuser TO postgres, supabase_etl_admin;
DO $$
BEGIN
  IF current_setting('server_version_num')::integer < 160000 THEN
    -- Made by postgres while it was still superuser. From major 16 on a superuser's grants are the bootstrap superuser's.
    GRANT anon, authenticated, service_role TO authenticator GRANTED BY postgres;
    GRANT pg_read_all_data TO supabase_read_only_user GRANTED BY postgres;
  ELSE
    GRANT anon, authenticated, service_role TO authenticator;
    GRANT pg_read_all_data TO supabase_read_only_user;
    -- Since major 16 CREATEROLE alone no longer grants roles onward.
    GRANT anon, authenticated, service_role, authenticator, pg_monitor, pg_read_all_data, pg_signal_backend
      TO postgres WITH ADMIN OPTION;
    GRANT pg_create_subscription TO postgres;
  END IF;
END
$$;

ALTER ROLE anon SET statement_timeout = '3s';
ALTER ROLE authenticated SET statement_timeout = '8s';
ALTER ROLE authenticator SET statement_timeout = '8s';
ALTER ROLE authenticator SET lock_timeout = '8s';
-- The backslashes are the platform's own: "\$user" names no schema.
ALTER ROLE postgres SET search_path = "\$user", public, extensions;
ALTER ROLE postgres SET safeupdate.enabled = '0';
ALTER ROLE supabase_admin SET search_path = "\$user", public, auth, extensions;
ALTER ROLE supabase_admin SET log_statement = 'none';
ALTER ROLE supabase_auth_admin SET search_path = 'auth';
ALTER ROLE supabase_auth_admin SET idle_in_transaction_session_timeout = '60000';
ALTER ROLE supabase_auth_admin SET log_statement = 'none';
ALTER ROLE supabase_read_only_user SET default_transaction_read_only = 'on';
ALTER ROLE supabase_storage_admin SET search_path = 'storage';
ALTER ROLE supabase_storage_admin SET log_statement = 'none';

ALTER DATABASE postgres OWNER TO postgres;
GRANT ALL ON DATABASE postgres TO dashboard_user;
ALTER DATABASE postgres SET app.settings.jwt_exp = '3600';
