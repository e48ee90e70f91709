/** A small application with one of each kind of thing a restore has to bring back. */
export const smallApplication = `
CREATE ROLE app_owner; CREATE ROLE app_reader LOGIN PASSWORD 'secret-of-reader';
GRANT app_owner TO postgres; GRANT app_reader TO authenticated; ALTER ROLE app_reader SET work_mem = '5MB';
CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO app_reader; GRANT CREATE ON SCHEMA app TO app_owner;
CREATE TYPE app.state AS ENUM ('new', 'done');
CREATE TABLE app.orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state app.state NOT NULL DEFAULT 'new',
  user_id uuid REFERENCES auth.users (id), total numeric(10, 2) CHECK (total >= 0), doubled numeric GENERATED ALWAYS AS (total * 2) STORED);
ALTER TABLE app.orders OWNER TO app_owner;
GRANT SELECT (id, state) ON app.orders TO app_reader;
ALTER TABLE app.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON app.orders FOR SELECT USING (user_id = auth.uid());
CREATE TABLE public.notes (id bigserial PRIMARY KEY, body text);
REVOKE ALL ON public.notes FROM anon;
CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER notes_touch BEFORE UPDATE ON public.notes FOR EACH ROW EXECUTE FUNCTION public.touch();
CREATE EXTENSION citext WITH SCHEMA public;
CREATE INDEX ON public.notes (lower(body));
CREATE FUNCTION public.note_user() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN INSERT INTO public.notes (body) VALUES (NEW.email); RETURN NEW; END $$;
CREATE TRIGGER on_user AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.note_user();
CREATE POLICY own_files ON storage.objects FOR SELECT USING (owner_id = auth.uid()::text);
INSERT INTO auth.users (id, email) SELECT gen_random_uuid(), 'user' || n || '@example.com' FROM generate_series(1, 20) n;
INSERT INTO auth.identities (id, user_id, provider_id, provider, identity_data) SELECT gen_random_uuid(), id, id::text, 'email', '{}' FROM auth.users;
INSERT INTO app.orders (user_id, total) SELECT id, 3.5 FROM auth.users;
INSERT INTO storage.buckets (id, name) VALUES ('files', 'files');
INSERT INTO storage.objects (bucket_id, name, version) VALUES ('files', 'a/b.txt', gen_random_uuid()::text);
SELECT setval('auth.refresh_tokens_id_seq', 41);
CREATE MATERIALIZED VIEW app.totals AS SELECT state, sum(total) FROM app.orders GROUP BY 1;
CREATE VIEW public.states WITH (security_invoker) AS SELECT DISTINCT state FROM app.orders;
CREATE PUBLICATION mine FOR TABLE public.notes WHERE (id > 3);
ALTER PUBLICATION supabase_realtime ADD TABLE public.notes;
SELECT lo_from_bytea(4711, decode(repeat('00ff41', 200000), 'hex')); GRANT SELECT ON LARGE OBJECT 4711 TO app_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO app_reader;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
COMMENT ON SCHEMA public IS 'mine'; COMMENT ON TABLE public.notes IS 'notes';
CREATE SCHEMA supabase_migrations; CREATE TABLE supabase_migrations.schema_migrations (version text PRIMARY KEY);
INSERT INTO supabase_migrations.schema_migrations VALUES ('20260101');
`

/** What a target may hold before a restore: all of it has to go. */
export const clutter = `
CREATE SCHEMA old; CREATE TABLE old.t (a int); CREATE TABLE public.notes (other text); INSERT INTO public.notes VALUES ('x');
CREATE FUNCTION public.old_hook() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER old_hook AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.old_hook();
CREATE POLICY everyone ON storage.objects FOR SELECT USING (true);
INSERT INTO auth.users (id, email) VALUES (gen_random_uuid(), 'old@example.com');
SELECT lo_from_bytea(99, 'old'), setval('auth.refresh_tokens_id_seq', 77);
CREATE PUBLICATION old FOR TABLE old.t; ALTER PUBLICATION supabase_realtime ADD TABLE old.t;
`
