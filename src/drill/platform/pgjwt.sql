-- pgjwt, whose files no server here has: functions of equal shape, registered as the extension's.

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
