-- Users of the application, as GoTrue writes them. Everything is derived from the user's number: every run equals the
-- last. The settings application.users and application.rows say how many; `pg_temp.pick` chooses without chance.

CREATE FUNCTION pg_temp.users() RETURNS integer LANGUAGE sql AS
  $$ SELECT current_setting('application.users')::integer $$;
-- A share of all rows, at least one.
CREATE FUNCTION pg_temp.share(share numeric) RETURNS integer LANGUAGE sql AS
  $$ SELECT greatest(1, ceil(current_setting('application.rows')::integer * share))::integer $$;
CREATE FUNCTION pg_temp.user_id(n integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS
  $$ SELECT md5('user ' || n)::uuid $$;
-- A number from 1 to `among`, scattered but always the same for the same arguments.
CREATE FUNCTION pg_temp.pick(salt text, n bigint, among bigint) RETURNS integer LANGUAGE sql IMMUTABLE AS
  $$ SELECT (1 + abs(hashint8(n # hashtext(salt))::bigint) % among)::integer $$;

INSERT INTO auth.users (
  instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, confirmation_token, recovery_token,
  email_change_token_new, email_change, last_sign_in_at, raw_app_meta_data, raw_user_meta_data, created_at, updated_at,
  phone, banned_until, is_anonymous
)
SELECT
  '00000000-0000-0000-0000-000000000000', pg_temp.user_id(n), 'authenticated', 'authenticated',
  'user' || n || '@example.com',
  -- bcrypt at its lowest cost, with a salt of the user's number instead of a random one.
  extensions.crypt('password of ' || n, '$2a$04$' || substr(md5('salt ' || n), 1, 22)),
  CASE WHEN n % 10 > 0 THEN joined + interval '5 minutes' END, '', '', '', '',
  CASE WHEN n % 3 > 0 THEN joined + n * interval '1 hour' END,
  jsonb_build_object(
    'provider', 'email', 'providers', CASE WHEN n % 4 = 0 THEN '["email", "google"]' ELSE '["email"]' END::jsonb
  ),
  jsonb_build_object('full_name', 'Þórður ' || initcap(substr(md5(n::text), 1, 8)), 'handle', 'user_' || n),
  joined, joined,
  CASE WHEN n % 25 = 0 THEN '4670000' || lpad(n::text, 5, '0') END,
  CASE WHEN n % 50 = 0 THEN timestamptz '2027-01-01 00:00Z' END,
  n % 40 = 0
FROM generate_series(1, pg_temp.users()) AS n
CROSS JOIN LATERAL (SELECT timestamptz '2026-01-01 08:00Z' + n * interval '31 hours 7.000123 minutes' AS joined) AS times;

INSERT INTO auth.identities (id, provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at)
SELECT md5(provider || users.id)::uuid, provider_id, users.id,
  jsonb_build_object('sub', provider_id, 'email', users.email, 'email_verified', users.email_confirmed_at IS NOT NULL),
  provider, users.last_sign_in_at, users.created_at, users.created_at
FROM auth.users
CROSS JOIN LATERAL jsonb_array_elements_text(users.raw_app_meta_data -> 'providers') AS provider
CROSS JOIN LATERAL (
  SELECT CASE provider WHEN 'email' THEN users.id::text ELSE 'google-' || md5(users.email) END AS provider_id
) AS identity;

INSERT INTO auth.sessions (id, user_id, created_at, updated_at, aal, user_agent, ip)
SELECT md5('session ' || n)::uuid, pg_temp.user_id(n), times.at, times.at, 'aal1', 'Mozilla/5.0 (Demo)',
  inet '10.0.0.0' + n
FROM generate_series(1, pg_temp.users()) AS n
CROSS JOIN LATERAL (SELECT timestamptz '2026-10-01 00:00Z' + n * interval '17 minutes' AS at) AS times
WHERE n % 3 > 0;

INSERT INTO auth.refresh_tokens (instance_id, token, user_id, revoked, created_at, updated_at, session_id)
SELECT '00000000-0000-0000-0000-000000000000', substr(md5('token ' || id), 1, 22), user_id, false, created_at,
  created_at, id
FROM auth.sessions ORDER BY created_at;

INSERT INTO auth.mfa_factors (id, user_id, friendly_name, factor_type, status, created_at, updated_at, secret)
SELECT md5('factor ' || n)::uuid, pg_temp.user_id(n), 'Phone of ' || n, 'totp', 'verified', '2026-10-02', '2026-10-02',
  upper(md5('secret ' || n))
FROM generate_series(1, pg_temp.users(), 20) AS n;

INSERT INTO auth.audit_log_entries (instance_id, id, payload, created_at, ip_address)
SELECT '00000000-0000-0000-0000-000000000000', md5('audit ' || id)::uuid,
  json_build_object('action', 'login', 'actor_id', user_id), created_at, host(ip)
FROM auth.sessions;
