-- A day goes by: users come, change and leave; rows and sequences move.

INSERT INTO auth.users (
  instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data, raw_user_meta_data,
  created_at, updated_at
) VALUES (
  '00000000-0000-0000-0000-000000000000', md5('the newcomer')::uuid, 'authenticated', 'authenticated',
  'newcomer@example.com', extensions.crypt('welcome', '$2a$04$' || substr(md5('newcomer'), 1, 22)),
  '2026-11-20 09:00Z', '{"provider": "email", "providers": ["email"]}', '{"handle": "newcomer"}',
  '2026-11-20 09:00Z', '2026-11-20 09:00Z'
);
INSERT INTO auth.identities (id, provider_id, user_id, identity_data, provider, created_at, updated_at)
SELECT md5('identity of the newcomer')::uuid, id, id, jsonb_build_object('sub', id, 'email', email), 'email',
  created_at, created_at
FROM auth.users WHERE email = 'newcomer@example.com';
UPDATE auth.users SET last_sign_in_at = '2026-11-20 09:30Z', updated_at = '2026-11-20 09:30Z'
WHERE email = 'user1@example.com';

UPDATE public.tasks SET state = 'done', tags = tags || '{yesterday}' WHERE id % 50 = 0;
DELETE FROM public.comments WHERE id = (SELECT max(id) FROM public.comments);
INSERT INTO public.comments (task_id, author_id, body, created_at)
SELECT id, md5('the newcomer')::uuid, 'Seen it', '2026-11-20 10:00Z' FROM public.tasks WHERE id % 100 = 0;
INSERT INTO public.events (occurred_at, kind, payload)
SELECT timestamptz '2026-11-20' + n * interval '1 minute', 'login', jsonb_build_object('n', n)
FROM generate_series(1, 200) AS n;
UPDATE accounting.invoices SET paid = true WHERE number = (SELECT min(number) FROM accounting.invoices WHERE NOT paid);
INSERT INTO accounting.customers (name) VALUES ('A customer since today');
REFRESH MATERIALIZED VIEW accounting.revenue_by_month;
SELECT nextval('public.ticket_number');
SELECT lo_put((SELECT content FROM public.scans WHERE title = 'Scan 2'), 10, '\xc0ffee');
ALTER TABLE public.tasks ADD COLUMN reviewed boolean NOT NULL DEFAULT false;
