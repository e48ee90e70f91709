/** What Database Webhooks are made of, here without a request. Runs as supabase_admin. */
export const webhooksOfPlatform = `
CREATE SCHEMA supabase_functions; GRANT USAGE ON SCHEMA supabase_functions TO postgres;
CREATE FUNCTION supabase_functions.http_request() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
`

/**
 * What calls out of a project, in the shapes the platform gives it and where it cannot be installed: Database
 * Webhooks (`supabase_functions.http_request`, here without a request) and pg_cron's table and functions (here
 * without a scheduler). Runs as supabase_admin.
 */
export const outgoingPlatform = `${webhooksOfPlatform}
CREATE SCHEMA cron; GRANT USAGE ON SCHEMA cron TO postgres;
CREATE TABLE cron.job (jobid bigserial PRIMARY KEY, schedule text NOT NULL, command text NOT NULL,
  nodename text NOT NULL DEFAULT 'localhost', nodeport int NOT NULL DEFAULT inet_server_port(),
  database text NOT NULL DEFAULT current_database(), username text NOT NULL DEFAULT session_user,
  active boolean NOT NULL DEFAULT true, jobname text);
GRANT SELECT ON cron.job TO postgres;
CREATE FUNCTION cron.schedule(schedule text, command text) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS
  'INSERT INTO cron.job (schedule, command) VALUES ($1, $2) RETURNING jobid';
CREATE FUNCTION cron.schedule(job_name text, schedule text, command text) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS
  'INSERT INTO cron.job (jobname, schedule, command) VALUES ($1, $2, $3) RETURNING jobid';
CREATE FUNCTION cron.unschedule(job_id bigint) RETURNS boolean LANGUAGE sql SECURITY DEFINER AS
  'DELETE FROM cron.job WHERE jobid = $1 RETURNING true';
CREATE FUNCTION cron.alter_job(job_id bigint, schedule text DEFAULT NULL, command text DEFAULT NULL, database text DEFAULT NULL,
  username text DEFAULT NULL, active boolean DEFAULT NULL) RETURNS void LANGUAGE sql SECURITY DEFINER AS
  'UPDATE cron.job SET active = coalesce($6, active) WHERE jobid = $1';
`

/** Jobs and webhooks of an application: active and not, on its own tables and on the platform's. */
export const outgoingApplication = `
SELECT cron.schedule('nightly', '0 3 * * *', 'DELETE FROM public.notes WHERE body = ''it''''s old''');
SELECT cron.schedule('*/5 * * * *', 'SELECT 1');
SELECT cron.alter_job(cron.schedule('paused', '0 4 * * *', 'SELECT 2'), active := false);
CREATE TRIGGER "call home" AFTER INSERT ON public.notes FOR EACH ROW
  EXECUTE FUNCTION supabase_functions.http_request('https://example.com', 'POST', '{}', '{}', '1000');
CREATE TRIGGER silent AFTER DELETE ON public.notes FOR EACH ROW EXECUTE FUNCTION supabase_functions.http_request('https://example.com');
ALTER TABLE public.notes DISABLE TRIGGER silent;
CREATE TRIGGER on_file AFTER INSERT ON storage.objects FOR EACH ROW EXECUTE FUNCTION supabase_functions.http_request('https://example.com');
`
