-- Schema extensions: what every project has installed, and the functions of the platform's event triggers.
-- pgjwt cannot be installed here: its objects are made by hand and registered as an extension (see register_extension).

CREATE EXTENSION pgcrypto WITH SCHEMA extensions;
CREATE EXTENSION "uuid-ossp" WITH SCHEMA extensions;
CREATE EXTENSION pg_stat_statements WITH SCHEMA extensions;

/*
 Records an extension that has no files on this server, so that the catalog, pg_dump and pg_restore treat the
 objects added to it (ALTER EXTENSION … ADD) as an extension's. `dumped` names its tables whose rows a dump carries.
*/
CREATE FUNCTION pg_temp.register_extension(extension name, home name, version text, dumped regclass[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  registered oid := pg_nextoid('pg_extension', 'oid', 'pg_extension_oid_index');
  conditions text[] := (SELECT array_agg(''::text) FROM unnest(dumped));
BEGIN
  INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion, extconfig, extcondition)
  SELECT registered, extension, roles.oid, schemas.oid, false, version, dumped::oid[], conditions
  FROM pg_roles AS roles, pg_namespace AS schemas
  WHERE roles.rolname = 'supabase_admin' AND schemas.nspname = home;
  INSERT INTO pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
  SELECT 'pg_extension'::regclass, registered, 0, 'pg_namespace'::regclass, oid, 0, 'n'
  FROM pg_namespace WHERE nspname = home;
END
$$;

CREATE FUNCTION extensions.url_encode(data bytea) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT translate(encode(data, 'base64'), E'+/=\n', '-_')
$$;

CREATE FUNCTION extensions.url_decode(data text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT decode(rpad(translate(data, '-_', '+/'), (length(data) + 3) / 4 * 4, '='), 'base64')
$$;

CREATE FUNCTION extensions.algorithm_sign(signables text, secret text, algorithm text)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT extensions.url_encode(extensions.hmac(signables, secret, replace(algorithm, 'HS', 'sha')))
$$;

CREATE FUNCTION extensions.sign(payload json, secret text, algorithm text DEFAULT 'HS256')
RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT signables || '.' || extensions.algorithm_sign(signables, secret, algorithm)
  FROM (
    SELECT extensions.url_encode(convert_to(json_build_object('alg', algorithm, 'typ', 'JWT')::text, 'utf8'))
      || '.' || extensions.url_encode(convert_to(payload::text, 'utf8')) AS signables
  ) AS token
$$;

CREATE FUNCTION extensions.try_cast_double(inp text) RETURNS double precision LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN inp::double precision;
EXCEPTION WHEN data_exception THEN
  RETURN NULL;
END
$$;

CREATE FUNCTION extensions.verify(token text, secret text, algorithm text DEFAULT 'HS256')
RETURNS TABLE (header json, payload json, valid boolean) LANGUAGE sql IMMUTABLE AS $$
  SELECT
    jwt.header::json,
    jwt.payload::json,
    jwt.signed AND tstzrange(
      to_timestamp(extensions.try_cast_double(jwt.payload::json ->> 'nbf')),
      to_timestamp(extensions.try_cast_double(jwt.payload::json ->> 'exp'))
    ) @> current_timestamp
  FROM (
    SELECT
      convert_from(extensions.url_decode(part[1]), 'utf8') AS header,
      convert_from(extensions.url_decode(part[2]), 'utf8') AS payload,
      part[3] = extensions.algorithm_sign(part[1] || '.' || part[2], secret, algorithm) AS signed
    FROM string_to_array(token, '.') AS part
  ) AS jwt
$$;

SELECT pg_temp.register_extension('pgjwt', 'extensions', '0.2.0', NULL);
COMMENT ON EXTENSION pgjwt IS 'JSON Web Token API for Postgresql';
ALTER EXTENSION pgjwt ADD FUNCTION extensions.url_encode(bytea);
ALTER EXTENSION pgjwt ADD FUNCTION extensions.url_decode(text);
ALTER EXTENSION pgjwt ADD FUNCTION extensions.algorithm_sign(text, text, text);
ALTER EXTENSION pgjwt ADD FUNCTION extensions.sign(json, text, text);
ALTER EXTENSION pgjwt ADD FUNCTION extensions.try_cast_double(text);
ALTER EXTENSION pgjwt ADD FUNCTION extensions.verify(text, text, text);

-- PostgREST reloads its schema cache on this notification.
CREATE FUNCTION extensions.pgrst_ddl_watch() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM pg_event_trigger_ddl_commands() AS command
    WHERE command.schema_name IS DISTINCT FROM 'pg_temp'
      AND command.command_tag ~ '^(CREATE|ALTER|COMMENT|GRANT|REVOKE|SELECT INTO)'
  ) THEN
    NOTIFY pgrst, 'reload schema';
  END IF;
END
$$;

CREATE FUNCTION extensions.pgrst_drop_watch() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM pg_event_trigger_dropped_objects() AS object WHERE NOT object.is_temporary) THEN
    NOTIFY pgrst, 'reload schema';
  END IF;
END
$$;

-- On the platform the next four hand a newly installed extension's objects to postgres and the API roles.
-- None of those extensions can be installed here, so there is nothing for them to do.
CREATE FUNCTION extensions.grant_pg_cron_access() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION extensions.grant_pg_net_access() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION extensions.grant_pg_graphql_access() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION extensions.set_graphql_placeholder() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';

GRANT EXECUTE ON FUNCTION extensions.grant_pg_cron_access() TO supabase_admin WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION extensions.grant_pg_cron_access() TO dashboard_user;
GRANT EXECUTE ON FUNCTION extensions.grant_pg_net_access() TO supabase_admin WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION extensions.grant_pg_net_access() TO dashboard_user;

ALTER DEFAULT PRIVILEGES FOR ROLE supabase_admin IN SCHEMA extensions
  GRANT ALL ON TABLES TO postgres WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE supabase_admin IN SCHEMA extensions
  GRANT ALL ON SEQUENCES TO postgres WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE supabase_admin IN SCHEMA extensions
  GRANT ALL ON FUNCTIONS TO postgres WITH GRANT OPTION;
GRANT ALL ON ALL TABLES IN SCHEMA extensions TO postgres WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION extensions.pgrst_ddl_watch() TO postgres WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION extensions.pgrst_drop_watch() TO postgres WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION extensions.grant_pg_graphql_access() TO postgres WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION extensions.set_graphql_placeholder() TO postgres WITH GRANT OPTION;
