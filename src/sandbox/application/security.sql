-- Roles of the application's own, who may see what, and what leaves through publications.

CREATE ROLE app_reader NOLOGIN;
CREATE ROLE app_writer NOLOGIN;
CREATE ROLE app_reports LOGIN PASSWORD 'a-password-for-reports' CONNECTION LIMIT 5;
GRANT app_reader TO app_writer, app_reports, authenticated;
GRANT app_writer TO postgres;
ALTER ROLE app_reports SET statement_timeout = '30s';
ALTER ROLE app_reports IN DATABASE postgres SET work_mem = '32MB';
ALTER DATABASE postgres SET default_statistics_target = '150';

GRANT USAGE ON SCHEMA accounting TO app_reader;
GRANT CREATE ON SCHEMA accounting TO app_writer;
GRANT SELECT ON ALL TABLES IN SCHEMA accounting TO app_reader;
GRANT INSERT, UPDATE ON accounting.invoices, accounting.invoice_lines TO app_writer;
GRANT UPDATE (name, discount) ON accounting.customers TO app_writer;
ALTER TABLE accounting.payments OWNER TO app_writer;
ALTER DEFAULT PRIVILEGES IN SCHEMA accounting GRANT SELECT ON TABLES TO app_reader;
REVOKE ALL ON public.scans FROM anon, authenticated;
REVOKE ALL ON public.team_members FROM anon;
GRANT SELECT (team_id, role) ON public.team_members TO anon;

ALTER TABLE public.profiles ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.comments ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounting.payments ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounting.payments FORCE ROW LEVEL SECURITY;

CREATE POLICY "Everybody sees profiles" ON public.profiles FOR SELECT USING (true);
CREATE POLICY "Your own profile is yours" ON public.profiles FOR UPDATE TO authenticated
  USING (auth.uid() = id) WITH CHECK (auth.uid() = id);
CREATE POLICY "Members see projects" ON public.projects FOR SELECT TO authenticated
  USING (public.may_see_project(id));
CREATE POLICY "Members see tasks" ON public.tasks FOR SELECT TO authenticated
  USING (public.may_see_project(project_id));
CREATE POLICY "Editors write tasks" ON public.tasks TO authenticated
  USING (public.may_see_project(project_id, 'editor')) WITH CHECK (public.may_see_project(project_id, 'editor'));
CREATE POLICY "No comments on old tasks" ON public.comments AS RESTRICTIVE FOR INSERT TO authenticated
  WITH CHECK (EXISTS (SELECT FROM public.tasks WHERE tasks.id = task_id AND state <> 'won''t do'));
CREATE POLICY writers ON accounting.payments TO app_writer, postgres USING (true);

CREATE POLICY "Avatars are public" ON storage.objects FOR SELECT USING (bucket_id = 'avatars');
CREATE POLICY "Own folder in documents" ON storage.objects TO authenticated
  USING (bucket_id = 'documents' AND (storage.foldername(name))[1] = auth.uid()::text)
  WITH CHECK (bucket_id = 'documents' AND (storage.foldername(name))[1] = auth.uid()::text);
CREATE POLICY "Members listen" ON realtime.messages FOR SELECT TO authenticated USING (realtime.topic() LIKE 'team:%');

ALTER PUBLICATION supabase_realtime ADD TABLE public.tasks, public.comments;
ALTER TABLE public.tasks REPLICA IDENTITY FULL;
CREATE PUBLICATION warehouse FOR TABLE accounting.invoices WHERE (paid), accounting.customers (id, name)
  WITH (publish = 'insert');

-- As the CLI keeps the history of migrations.
CREATE SCHEMA supabase_migrations;
CREATE TABLE supabase_migrations.schema_migrations (version text PRIMARY KEY, statements text[], name text);
INSERT INTO supabase_migrations.schema_migrations (version, statements, name) VALUES
  ('20260901090000', ARRAY['CREATE TABLE public.tasks ();', '-- a comment'], 'tasks'),
  ('20260915120000', ARRAY[E'COMMENT ON TABLE public.tasks IS ''two\nlines'';'], 'comment');
