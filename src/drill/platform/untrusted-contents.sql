-- For a server that takes somebody else's backup. Before PostgreSQL 16 who has CREATEROLE, as postgres has, may grant
-- these roles, and with them the server's programs and files; the platform's supautils refuses it, and here what a
-- superuser role is granted by superusers only does. None of them can log in, and nobody is a member.
UPDATE pg_catalog.pg_authid SET rolsuper = true
WHERE rolname IN ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files');

-- Who logs in would run the functions of the backup's event triggers, with a superuser's rights (login, since 17).
DO $$
BEGIN
  IF current_setting('server_version_num')::integer >= 170000 THEN
    ALTER ROLE supabase_admin SET event_triggers = off;
  END IF;
END
$$;
