-- Schema auth: GoTrue's own tables, the functions policies call, and rights. Runs as supabase_auth_admin.

SET ROLE supabase_auth_admin;

CREATE TABLE auth.audit_log_entries (
  instance_id uuid,
  id uuid NOT NULL,
  payload json,
  created_at timestamptz,
  ip_address varchar(64) NOT NULL DEFAULT '',
  CONSTRAINT audit_log_entries_pkey PRIMARY KEY (id)
);
CREATE INDEX audit_logs_instance_id_idx ON auth.audit_log_entries (instance_id);
ALTER TABLE auth.audit_log_entries ENABLE ROW LEVEL SECURITY;

CREATE TABLE auth.instances (
  id uuid NOT NULL,
  uuid uuid,
  raw_base_config text,
  created_at timestamptz,
  updated_at timestamptz,
  CONSTRAINT instances_pkey PRIMARY KEY (id)
);
ALTER TABLE auth.instances ENABLE ROW LEVEL SECURITY;

CREATE TABLE auth.schema_migrations (
  version varchar(255) NOT NULL,
  CONSTRAINT schema_migrations_pkey PRIMARY KEY (version)
);
ALTER TABLE auth.schema_migrations ENABLE ROW LEVEL SECURITY;

-- What a policy or a function asks about the caller; PostgREST sets the claims for each request.
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
  )::uuid
$$;

CREATE FUNCTION auth.role() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce(
    nullif(current_setting('request.jwt.claim.role', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'
  )
$$;

CREATE FUNCTION auth.email() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce(
    nullif(current_setting('request.jwt.claim.email', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'
  )
$$;

CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT coalesce(
    nullif(current_setting('request.jwt.claim', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')
  )::jsonb
$$;

-- Default privileges gave postgres and dashboard_user everything; these are the exceptions.
REVOKE EXECUTE ON FUNCTION auth.uid(), auth.role(), auth.email() FROM postgres;
REVOKE ALL ON auth.schema_migrations FROM postgres, dashboard_user;
GRANT SELECT ON
  auth.audit_log_entries, auth.flow_state, auth.identities, auth.instances, auth.mfa_amr_claims,
  auth.mfa_challenges, auth.mfa_factors, auth.one_time_tokens, auth.refresh_tokens, auth.saml_providers,
  auth.saml_relay_states, auth.sessions, auth.sso_domains, auth.sso_providers, auth.users
  TO postgres WITH GRANT OPTION;

-- The migrations GoTrue had run by the summer of 2026.
INSERT INTO auth.schema_migrations (version)
SELECT version FROM regexp_split_to_table(trim(E' \n' FROM $$
  20171026211738 20171026211808 20171026211834 20180103212743 20180108183307 20180119214651 20180125194653
  00 20210710035447 20210722035447 20210730183235 20210909172000 20210927181326 20211122151130
  20211124214934 20211202183645 20220114185221 20220114185340 20220224000811 20220323170000 20220429102000
  20220531120530 20220614074223 20220811173540 20221003041349 20221003041400 20221011041400 20221020193600
  20221021073300 20221021082433 20221027105023 20221114143122 20221114143410 20221125140132 20221208132122
  20221215195500 20221215195800 20221215195900 20230116124310 20230116124412 20230131181311 20230322519590
  20230402418590 20230411005111 20230508135423 20230523124323 20230818113222 20230914180801 20231027141322
  20231114161723 20231117164230 20240115144230 20240214120130 20240306115329 20240314092811 20240427152123
  20240612123726 20240729123726 20240802193726 20240806073726 20241009103726 20250717082212 20250731150234
  20250804100000 20250901200500 20250903112500 20250904133000 20250925093508 20251007112900 20251104100000
  20251111201300 20251201000000 20260115000000 20260121000000 20260219120000 20260302000000 20260625000000
$$), '\s+') AS version;

RESET ROLE;
