-- pg_cron, on a server without its files: tables and functions of equal shape, registered as the extension's. No job runs.

CREATE SCHEMA cron AUTHORIZATION supabase_admin;
CREATE SEQUENCE cron.jobid_seq;
CREATE TABLE cron.job (
  jobid bigint PRIMARY KEY DEFAULT nextval('cron.jobid_seq'),
  schedule text NOT NULL,
  command text NOT NULL,
  nodename text NOT NULL DEFAULT 'localhost',
  nodeport integer NOT NULL DEFAULT current_setting('port')::integer,
  database text NOT NULL DEFAULT current_database(),
  username text NOT NULL DEFAULT CURRENT_USER,
  active boolean NOT NULL DEFAULT true,
  jobname text,
  CONSTRAINT jobname_username_uniq UNIQUE (jobname, username)
);
ALTER TABLE cron.job ENABLE ROW LEVEL SECURITY;
CREATE POLICY cron_job_policy ON cron.job USING (username = CURRENT_USER);
CREATE SEQUENCE cron.runid_seq;
CREATE TABLE cron.job_run_details (
  jobid bigint,
  runid bigint PRIMARY KEY DEFAULT nextval('cron.runid_seq'),
  job_pid integer,
  database text,
  username text,
  command text,
  status text,
  return_message text,
  start_time timestamptz,
  end_time timestamptz
);
ALTER TABLE cron.job_run_details ENABLE ROW LEVEL SECURITY;
CREATE POLICY cron_job_run_details_policy ON cron.job_run_details USING (username = CURRENT_USER);

CREATE FUNCTION cron.schedule(job_name text, schedule text, command text) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO cron.job (jobname, schedule, command, username)
  VALUES (job_name, $2, $3, session_user)
  ON CONFLICT ON CONSTRAINT jobname_username_uniq
    DO UPDATE SET schedule = excluded.schedule, command = excluded.command, active = true
  RETURNING jobid
$$;

CREATE FUNCTION cron.schedule(schedule text, command text) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO cron.job (schedule, command, username) VALUES ($1, $2, session_user) RETURNING jobid
$$;

CREATE FUNCTION cron.schedule_in_database(
  job_name text, schedule text, command text, database text, username text DEFAULT NULL, active boolean DEFAULT true
) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO cron.job (jobname, schedule, command, database, username, active)
  VALUES (job_name, $2, $3, $4, session_user, $6)
  RETURNING jobid
$$;

CREATE FUNCTION cron.alter_job(
  job_id bigint, schedule text DEFAULT NULL, command text DEFAULT NULL, database text DEFAULT NULL,
  username text DEFAULT NULL, active boolean DEFAULT NULL
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  UPDATE cron.job AS kept SET
    schedule = coalesce($2, kept.schedule),
    command = coalesce($3, kept.command),
    database = coalesce($4, kept.database),
    active = coalesce($6, kept.active)
  WHERE kept.jobid = job_id AND kept.username = session_user
$$;

CREATE FUNCTION cron.unschedule(job_id bigint) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH gone AS (DELETE FROM cron.job WHERE jobid = job_id AND username = session_user RETURNING 1)
  SELECT EXISTS (SELECT FROM gone)
$$;

CREATE FUNCTION cron.unschedule(job_name text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH gone AS (DELETE FROM cron.job WHERE jobname = job_name AND username = session_user RETURNING 1)
  SELECT EXISTS (SELECT FROM gone)
$$;

SELECT pg_temp.register_extension('pg_cron', 'pg_catalog', '1.6', ARRAY['cron.job', 'cron.jobid_seq']::regclass[]);
COMMENT ON EXTENSION pg_cron IS 'Job scheduler for PostgreSQL';
ALTER EXTENSION pg_cron ADD SCHEMA cron;
ALTER EXTENSION pg_cron ADD SEQUENCE cron.jobid_seq;
ALTER EXTENSION pg_cron ADD TABLE cron.job;
ALTER EXTENSION pg_cron ADD SEQUENCE cron.runid_seq;
ALTER EXTENSION pg_cron ADD TABLE cron.job_run_details;
ALTER EXTENSION pg_cron ADD FUNCTION cron.schedule(text, text, text);
ALTER EXTENSION pg_cron ADD FUNCTION cron.schedule(text, text);
ALTER EXTENSION pg_cron ADD FUNCTION cron.schedule_in_database(text, text, text, text, text, boolean);
ALTER EXTENSION pg_cron ADD FUNCTION cron.alter_job(bigint, text, text, text, text, boolean);
ALTER EXTENSION pg_cron ADD FUNCTION cron.unschedule(bigint);
ALTER EXTENSION pg_cron ADD FUNCTION cron.unschedule(text);

GRANT USAGE ON SCHEMA cron TO postgres WITH GRANT OPTION;
GRANT ALL ON ALL TABLES IN SCHEMA cron TO postgres WITH GRANT OPTION;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA cron TO postgres WITH GRANT OPTION;
REVOKE ALL ON cron.job FROM postgres;
GRANT SELECT ON cron.job TO postgres WITH GRANT OPTION;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA cron TO postgres WITH GRANT OPTION;
