-- What supautils.sql leaves open: without a grant option of its own, GRANT and REVOKE of `postgres` on what the services own
-- change nothing on the platform and only warn. Here, where it is a member of the owners, they are taken back.

-- Lists of privileges of what the services own, by object. It runs twice at every GRANT: what they own is found by its owner, and
-- columns by their table, so that the rest of the database may be of any size.
CREATE OR REPLACE FUNCTION extensions.platform_privileges() RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog SET enable_seqscan = off SET jit = off AS $$
  WITH owned AS MATERIALIZED (
    SELECT classid, objid FROM pg_authid JOIN pg_shdepend ON refclassid = 'pg_authid'::regclass AND refobjid = pg_authid.oid
    WHERE rolname IN ('supabase_auth_admin', 'supabase_storage_admin', 'supabase_realtime_admin') AND deptype = 'o'
    AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  )
  SELECT jsonb_object_agg(object, acl::text) FROM (
    SELECT 'ON TABLE ' || oid::regclass, coalesce(relacl, acldefault('r', relowner))
    FROM owned JOIN pg_class ON oid = objid WHERE classid = 'pg_class'::regclass AND relkind IN ('r', 'p', 'v')
    UNION ALL
    -- OFFSET keeps the columns of each table a look-up of their own.
    SELECT format('(%I) ON TABLE %s', attname, objid::regclass), attacl
    FROM owned CROSS JOIN LATERAL (
      SELECT attname, attacl FROM pg_attribute WHERE attrelid = objid AND attacl IS NOT NULL AND NOT attisdropped OFFSET 0
    ) AS columns WHERE classid = 'pg_class'::regclass
    UNION ALL
    SELECT 'ON FUNCTION ' || oid::regprocedure, coalesce(proacl, acldefault('f', proowner))
    FROM owned JOIN pg_proc ON oid = objid WHERE classid = 'pg_proc'::regclass
  ) AS lists (object, acl)
$$;

CREATE OR REPLACE FUNCTION extensions.remember_platform_privileges() RETURNS event_trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF current_user = 'postgres' THEN
    PERFORM set_config('sandbox.privileges', extensions.platform_privileges()::text, true);
  END IF;
END
$$;

-- Puts back what was done in an owner's name since, and returns what `postgres` may do of it in its own. As superuser, whose
-- GRANT and REVOKE are the owner's; whoever calls it can only change privileges that members of the owners can change anyway.
CREATE OR REPLACE FUNCTION extensions.restore_platform_privileges() RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  list record;
  entry record;
  rest text;
BEGIN
  FOR list IN
    -- A column has no list before the first privilege on it, and none after the last.
    SELECT key AS object, earlier.value::aclitem[] AS earlier, later.value::aclitem[] AS later,
      (regexp_match(key, ' ?ON (.*)'))[1] AS whole
    FROM jsonb_each_text(current_setting('sandbox.privileges')::jsonb) AS earlier
    FULL JOIN jsonb_each_text(extensions.platform_privileges()) AS later USING (key)
    WHERE earlier.value IS DISTINCT FROM later.value
  LOOP
    FOR entry IN
      WITH earlier AS (SELECT * FROM aclexplode(list.earlier)), later AS (SELECT * FROM aclexplode(list.later))
      SELECT true AS added, added.* FROM (TABLE later EXCEPT TABLE earlier) AS added
      WHERE grantor <> 'postgres'::regrole
      UNION ALL
      SELECT false, lost.* FROM (TABLE earlier EXCEPT TABLE later) AS lost
      WHERE grantor <> 'postgres'::regrole
      ORDER BY added DESC
    LOOP
      rest := format(
        '%s %s %s %s', entry.privilege_type, list.object, CASE WHEN entry.added THEN 'FROM' ELSE 'TO' END,
        CASE entry.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(entry.grantee)) END);
      IF NOT entry.added THEN
        EXECUTE format('GRANT %s %s', rest, CASE WHEN entry.is_grantable THEN 'WITH GRANT OPTION' END);
      ELSE
        EXECUTE 'REVOKE ' || rest;
        IF EXISTS (
          -- Of a column, the right to grant it is one on the table.
          SELECT FROM aclexplode(
            list.earlier || (current_setting('sandbox.privileges')::jsonb ->> ('ON ' || list.whole))::aclitem[]) WHERE grantee = 'postgres'::regrole
          AND privilege_type = entry.privilege_type AND is_grantable
        ) THEN
          RETURN NEXT replace('GRANT ' || rest, ' FROM ', ' TO ');
          CONTINUE;
        END IF;
      END IF;
      RAISE WARNING 'no privileges % for "%"',
        CASE WHEN entry.added THEN 'were granted' ELSE 'could be revoked' END, split_part(list.whole, ' ', 2)
        USING ERRCODE = '01007';
    END LOOP;
  END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION extensions.undo_platform_grants() RETURNS event_trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  own text;
BEGIN
  IF current_user = 'postgres' THEN
    FOR own IN SELECT extensions.restore_platform_privileges() LOOP
      EXECUTE own;
    END LOOP;
  END IF;
END
$$;

DROP EVENT TRIGGER IF EXISTS remember_platform_privileges;
CREATE EVENT TRIGGER remember_platform_privileges ON ddl_command_start
  WHEN TAG IN ('GRANT', 'REVOKE') EXECUTE FUNCTION extensions.remember_platform_privileges();
DROP EVENT TRIGGER IF EXISTS undo_platform_grants;
CREATE EVENT TRIGGER undo_platform_grants ON ddl_command_end
  WHEN TAG IN ('GRANT', 'REVOKE') EXECUTE FUNCTION extensions.undo_platform_grants();
ALTER EVENT TRIGGER remember_platform_privileges ENABLE ALWAYS;
ALTER EVENT TRIGGER undo_platform_grants ENABLE ALWAYS;
