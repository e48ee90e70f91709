-- The rows of the public side. Needs the functions of rows-auth.sql, in the same session.

INSERT INTO public.countries (code, name, phone_prefix) VALUES
  ('AT', 'Österreich', 43), ('BR', 'Brasil', 55), ('EE', 'Eesti', 372), ('GR', 'Ελλάδα', 30), ('IN', 'भारत', 91),
  ('IS', 'Ísland', 354), ('JP', '日本', 81), ('KE', 'Kenya', 254), ('NZ', 'Aotearoa', 64), ('PL', 'Polska', 48);

-- handle_new_user() has made the profiles when the users came.
UPDATE public.profiles SET
  country = (ARRAY['AT', 'BR', 'EE', 'GR', 'IN', 'IS', 'JP', 'KE', 'NZ', 'PL'])[pg_temp.pick('country', n, 10)],
  home = CASE WHEN n % 2 = 0 THEN ROW('1, "Main" (Road), ' || n, 'Løkken, \ by the sea', NULL)::public.address END,
  settings = jsonb_build_object('theme', CASE WHEN n % 2 = 0 THEN 'dark' ELSE 'light' END, 'emoji', '🛟', 'n', n)
FROM generate_series(1, pg_temp.users()) AS n WHERE profiles.id = pg_temp.user_id(n);

INSERT INTO public.teams (name, owner_id)
SELECT 'Team ' || n, pg_temp.user_id(pg_temp.pick('owner', n, pg_temp.users()))
FROM generate_series(1, pg_temp.share(0.001)) AS n;

INSERT INTO public.team_members (team_id, profile_id, role)
SELECT id, owner_id, 'owner'::public.member_role FROM public.teams
UNION ALL
SELECT teams.id, profiles.id, (ARRAY['editor', 'reader'])[pg_temp.pick('role', teams.id, 2)]::public.member_role
FROM public.teams
JOIN public.profiles ON profiles.id <> owner_id AND hashtext(profiles.handle::text || teams.id) % 20 = 0;

INSERT INTO public.projects (team_id, name, accent)
SELECT teams.id, 'Project ' || n, '#' || substr(md5(teams.name || n), 1, 6)
FROM public.teams CROSS JOIN generate_series(1, 3) AS n ORDER BY 1, n;
UPDATE public.teams SET default_project_id = (SELECT min(id) FROM public.projects WHERE team_id = teams.id);

INSERT INTO public.tasks (
  project_id, assignee_id, parent_id, title, description, state, priority, tags, estimate, due, created_at, updated_at
)
SELECT
  (SELECT min(id) FROM public.projects) + 10 * (pg_temp.pick('project', n, (SELECT count(*) FROM public.projects)) - 1),
  CASE WHEN n % 7 > 0 THEN pg_temp.user_id(pg_temp.pick('assignee', n, pg_temp.users())) END,
  CASE WHEN n % 11 = 0 THEN n - 5 END,
  'Task ' || n || ': ' || (ARRAY['paint', 'mend', 'weigh', 'untangle', 'caulk'])[pg_temp.pick('verb', n, 5)] || ' it',
  CASE n % 5
    WHEN 0 THEN NULL
    WHEN 1 THEN ''
    WHEN 2 THEN E'\\.\nCOPY x FROM stdin;\n-- \t tab'
    ELSE repeat(md5(n::text) || ' ', n % 20)
  END,
  (enum_range(NULL::public.task_state))[pg_temp.pick('state', n, 5)],
  pg_temp.pick('priority', n, 5),
  (ARRAY['{}', '{deck}', '{deck,"below, deck"}', '{NULL,"",rig}'])[pg_temp.pick('tags', n, 4)]::text[],
  n % 9 * interval '1 hour 30 minutes', date '2026-12-01' + n % 90, times.at, times.at
FROM generate_series(1, pg_temp.share(0.12)) AS n
CROSS JOIN LATERAL (SELECT timestamptz '2026-03-01 06:00Z' + n * interval '41 minutes 0.000001 seconds' AS at) AS times;

INSERT INTO public.comments (task_id, author_id, reply_to, body, created_at)
SELECT pg_temp.pick('task', n, pg_temp.share(0.12)), pg_temp.user_id(pg_temp.pick('author', n, pg_temp.users())),
  CASE WHEN n % 3 = 0 THEN n - 1 END, 'Comment ' || n || E' – “quoted”\r\nsecond line',
  timestamptz '2026-04-01' + n * interval '23 minutes'
FROM generate_series(1, pg_temp.share(0.16)) AS n;

INSERT INTO public.labels (name, colour)
SELECT name, '#' || substr(md5(name), 1, 6)
FROM unnest(ARRAY['urgent', 'leak', 'engine', 'paper work', 'Größe']) AS name;
INSERT INTO public.task_labels (task_id, label_id)
SELECT id, pg_temp.pick('label', id, 5) FROM public.tasks WHERE id % 3 = 0;

INSERT INTO public.attachments (id, task_id, bucket, key)
SELECT md5('attachment ' || id)::uuid, id, 'documents', 'task-' || id % 40 || '/scan-' || id || '.pdf'
FROM public.tasks WHERE id % 8 = 0;

INSERT INTO public.events (occurred_at, actor_id, kind, payload)
SELECT timestamptz '2026-09-01' + n * interval '95 days' / pg_temp.share(0.4),
  pg_temp.user_id(pg_temp.pick('actor', n, pg_temp.users())),
  (ARRAY['login', 'upload', 'comment', 'purchase'])[pg_temp.pick('kind', n, 4)],
  jsonb_build_object('n', n, 'path', '/p/' || n % 97, 'ratio', n / 7.0, 'nothing', NULL)
FROM generate_series(1, pg_temp.share(0.4)) AS n;

INSERT INTO public.rooms (id, "Name of the room") VALUES (1, 'Wheelhouse'), (2, 'Galley'), (3, 'Chart room');
INSERT INTO public.room_bookings (room_id, during, booked_by)
SELECT 1 + n % 3, tstzrange(starts, starts + interval '50 minutes'),
  pg_temp.user_id(pg_temp.pick('booking', n, pg_temp.users()))
FROM generate_series(1, pg_temp.share(0.01)) AS n
CROSS JOIN LATERAL (SELECT timestamptz '2026-11-01' + n * interval '20 minutes' AS starts) AS times;

INSERT INTO public.scans (title, content)
SELECT 'Scan ' || n, lo_from_bytea(0, decode(repeat(md5(n::text), n * 400), 'hex')) FROM generate_series(0, 5) AS n;
DO $$
DECLARE
  scan oid := (SELECT content FROM public.scans WHERE title = 'Scan 1');
BEGIN
  EXECUTE format('COMMENT ON LARGE OBJECT %s IS %L', scan, 'The ship''s papers');
  EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO authenticated', scan);
END
$$;

SELECT setval('public.ticket_number', 70000 + 7 * 31);
SELECT vault.create_secret('the key of the payment service', 'payments', 'For the webhook');
SELECT vault.create_secret(E'two\nlines, ünïcode', 'greeting');
