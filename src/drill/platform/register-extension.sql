-- Records an extension that has no files on this server, so that the catalog, pg_dump and pg_restore treat the objects
-- added to it (ALTER EXTENSION … ADD) as an extension's. `dumped` names its tables whose rows a dump carries.
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
