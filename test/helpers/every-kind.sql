-- One object of every kind that pg_dump knows and a hosted project lets postgres make, in each form that is written another
-- way. Runs as postgres, who is not a superuser, in one go.
CREATE SCHEMA kinds;
COMMENT ON SCHEMA kinds IS 'of everything';
CREATE ROLE kinds_owner; CREATE ROLE kinds_reader;
GRANT kinds_owner TO postgres;
GRANT USAGE, CREATE ON SCHEMA kinds TO kinds_owner;
GRANT USAGE ON SCHEMA kinds TO kinds_reader WITH GRANT OPTION;
SET search_path = kinds;

-- Types.
CREATE TYPE empty_enum AS ENUM ();
CREATE TYPE colour AS ENUM ('red', 'green');
ALTER TYPE colour ADD VALUE 'blue' BEFORE 'green';
COMMENT ON TYPE colour IS 'three';
CREATE TYPE nothing AS ();
CREATE TYPE point3 AS (x float8, y float8, z text COLLATE "C");
COMMENT ON TYPE point3 IS 'in space';
COMMENT ON COLUMN point3.x IS 'to the right';
ALTER TYPE point3 OWNER TO kinds_owner;
GRANT USAGE ON TYPE colour TO kinds_reader;
REVOKE USAGE ON TYPE point3 FROM PUBLIC;
CREATE COLLATION plain (provider = libc, locale = 'C');
CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
COMMENT ON COLLATION loose IS 'one case';
CREATE FUNCTION text_difference(text, text) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT length($1)::float8 - length($2)';
CREATE TYPE words AS RANGE (subtype = text, collation = "C", subtype_diff = text_difference, multirange_type_name = many_words);
COMMENT ON TYPE words IS 'between';
CREATE TYPE measures AS RANGE (subtype = float8);
CREATE DOMAIN percent AS numeric(5, 2) DEFAULT 0 NOT NULL CONSTRAINT least CHECK (VALUE >= 0) CONSTRAINT most CHECK (VALUE <= 100);
COMMENT ON DOMAIN percent IS 'of all';
COMMENT ON CONSTRAINT most ON DOMAIN percent IS 'at most all';
CREATE DOMAIN short_text AS text COLLATE "C";
ALTER DOMAIN short_text ADD CONSTRAINT not_long CHECK (length(VALUE) < 10) NOT VALID;
COMMENT ON CONSTRAINT not_long ON DOMAIN short_text IS 'later';
GRANT USAGE ON DOMAIN percent TO kinds_reader;

-- Routines, operators, casts, conversions.
CREATE FUNCTION in_order(a int, INOUT b int, OUT c int, VARIADIC d int[] DEFAULT '{}') LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 5
  AS 'SELECT b, a';
CREATE FUNCTION atomic(n int DEFAULT 3) RETURNS TABLE (x int, y text) LANGUAGE sql ROWS 7 SECURITY DEFINER SET work_mem = '4MB'
  BEGIN ATOMIC SELECT n, n::text; SELECT 2, 'b'; END;
CREATE FUNCTION windowed() RETURNS bigint LANGUAGE plpgsql CALLED ON NULL INPUT AS 'BEGIN RETURN 1; END';
CREATE FUNCTION of_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
COMMENT ON FUNCTION in_order IS 'swaps';
ALTER FUNCTION in_order DEPENDS ON EXTENSION "uuid-ossp";
CREATE PROCEDURE doing(INOUT n int) LANGUAGE plpgsql SECURITY DEFINER SET search_path = kinds AS 'BEGIN COMMIT; END';
ALTER PROCEDURE doing(int) DEPENDS ON EXTENSION "uuid-ossp";
COMMENT ON PROCEDURE doing IS 'commits';
GRANT EXECUTE ON PROCEDURE doing TO kinds_reader;
REVOKE EXECUTE ON FUNCTION atomic FROM PUBLIC;
CREATE FUNCTION added(float8[], float8) RETURNS float8[] LANGUAGE sql IMMUTABLE AS 'SELECT $1 || $2';
CREATE FUNCTION joined(float8[], float8[]) RETURNS float8[] LANGUAGE sql IMMUTABLE AS 'SELECT $1 || $2';
CREATE FUNCTION ended(float8[]) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT $1[1]';
CREATE AGGREGATE plain_sum(float8) (SFUNC = added, STYPE = float8[], FINALFUNC = ended, COMBINEFUNC = joined, INITCOND = '{}', PARALLEL = SAFE);
CREATE AGGREGATE moving(float8) (SFUNC = added, STYPE = float8[], MSFUNC = added, MINVFUNC = added, MSTYPE = float8[], SSPACE = 8);
CREATE FUNCTION gathered(float8[], int) RETURNS float8[] LANGUAGE sql IMMUTABLE AS 'SELECT $1 || $2::float8';
CREATE FUNCTION chosen(float8[], float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT $1[1] + $2';
CREATE AGGREGATE ordered(float8 ORDER BY int) (SFUNC = gathered, STYPE = float8[], FINALFUNC = chosen);
CREATE AGGREGATE hypothetical(float8 ORDER BY int) (SFUNC = gathered, STYPE = float8[], FINALFUNC = chosen, FINALFUNC_MODIFY = READ_WRITE);
CREATE AGGREGATE every_row(*) (SFUNC = int8inc, STYPE = int8, INITCOND = '0');
COMMENT ON AGGREGATE plain_sum(float8) IS 'first';
CREATE FUNCTION same(point3, point3) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).x = ($2).x';
CREATE FUNCTION other(point3, point3) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).x <> ($2).x';
CREATE FUNCTION opposite(point3) RETURNS point3 LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE OPERATOR === (LEFTARG = point3, RIGHTARG = point3, FUNCTION = same, COMMUTATOR = ===, NEGATOR = !==, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
CREATE OPERATOR !== (LEFTARG = point3, RIGHTARG = point3, FUNCTION = other, COMMUTATOR = !==, NEGATOR = ===, RESTRICT = neqsel);
CREATE OPERATOR ~~! (RIGHTARG = point3, FUNCTION = opposite);
COMMENT ON OPERATOR === (point3, point3) IS 'alike';
ALTER OPERATOR ~~! (NONE, point3) OWNER TO kinds_owner;
CREATE FUNCTION as_text(point3) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ($1).x::text';
CREATE CAST (point3 AS text) WITH FUNCTION as_text(point3) AS ASSIGNMENT;
CREATE CAST (point3 AS varchar) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (point3 AS text) IS 'the first';
CREATE DEFAULT CONVERSION latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
COMMENT ON CONVERSION latin IS 'as ever';

-- Text search.
CREATE TEXT SEARCH DICTIONARY stems (TEMPLATE = snowball, LANGUAGE = english, STOPWORDS = english);
CREATE TEXT SEARCH CONFIGURATION english_stems (COPY = english);
ALTER TEXT SEARCH CONFIGURATION english_stems ALTER MAPPING FOR asciiword WITH stems, simple;
CREATE TEXT SEARCH CONFIGURATION unmapped (PARSER = "default");
COMMENT ON TEXT SEARCH DICTIONARY stems IS 'd'; COMMENT ON TEXT SEARCH CONFIGURATION english_stems IS 'c';

-- Sequences.
CREATE SEQUENCE counting AS smallint INCREMENT -2 MINVALUE -100 MAXVALUE 10 START 8 CACHE 3 CYCLE;
CREATE SEQUENCE owned;
COMMENT ON SEQUENCE counting IS 'down';
GRANT USAGE ON SEQUENCE counting TO kinds_reader; GRANT SELECT, UPDATE ON SEQUENCE owned TO kinds_reader WITH GRANT OPTION;
SELECT nextval('counting');

-- Tables and their columns.
CREATE TABLE main (
  id int GENERATED BY DEFAULT AS IDENTITY (START 10 INCREMENT 5) PRIMARY KEY,
  always bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME always_numbers MINVALUE 3 CYCLE),
  serial serial, counted int DEFAULT nextval('counting'), owned_number int DEFAULT nextval('owned'),
  a int NOT NULL, b text COLLATE "C" DEFAULT 'x''y', c colour DEFAULT 'red', p percent, words words, d daterange,
  doubled int GENERATED ALWAYS AS (a * 2) STORED, big text, squeezed text COMPRESSION pglz, kinds_array colour[] DEFAULT ARRAY['red'::colour],
  CONSTRAINT positive CHECK (a > 0) NO INHERIT, CONSTRAINT unlike UNIQUE NULLS NOT DISTINCT (a, b) INCLUDE (big) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT apart EXCLUDE USING gist (d WITH &&) WHERE (a > 1) DEFERRABLE
) WITH (fillfactor = 80, autovacuum_enabled = false, toast.autovacuum_vacuum_threshold = 77);
ALTER SEQUENCE owned OWNED BY main.owned_number;
ALTER TABLE main ALTER a SET STATISTICS 12, ALTER b SET STORAGE EXTERNAL, ALTER big SET STORAGE MAIN, ALTER a SET (n_distinct = 4);
ALTER TABLE main ADD CONSTRAINT unchecked CHECK (a < 1000) NOT VALID;
COMMENT ON TABLE main IS 'of all'; COMMENT ON COLUMN main.a IS 'first';
COMMENT ON CONSTRAINT positive ON main IS 'above'; COMMENT ON CONSTRAINT unlike ON main IS 'different'; COMMENT ON CONSTRAINT unchecked ON main IS 'later';
GRANT SELECT (a, b), UPDATE (b) ON main TO kinds_reader; GRANT ALL ON main TO kinds_owner WITH GRANT OPTION;
INSERT INTO main (a, b, d, words) VALUES (1, 'x', '[2024-01-01,2024-02-01)', '[a,b)'), (2, NULL, '[2024-02-01,2024-03-01)', NULL);
CREATE UNLOGGED TABLE unlogged (id int PRIMARY KEY);
CREATE TABLE no_columns ();
CREATE TABLE typed OF point3 (x WITH OPTIONS PRIMARY KEY, z DEFAULT 'deep', CHECK (y > 0));
CREATE TABLE parent (id int CHECK (id > 0), note text DEFAULT 'p');
CREATE TABLE second_parent (other int NOT NULL);
CREATE TABLE child (more int) INHERITS (parent, second_parent);
ALTER TABLE child ALTER note SET DEFAULT 'c';
CREATE TABLE referring (id int, main_id int CONSTRAINT referred REFERENCES main (id) ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE,
  x int, y int);
ALTER TABLE referring ADD CONSTRAINT unchecked FOREIGN KEY (x) REFERENCES main MATCH FULL NOT VALID;
ALTER TABLE referring ADD CONSTRAINT partly FOREIGN KEY (x) REFERENCES main (id) ON DELETE SET NULL (x);
COMMENT ON CONSTRAINT referred ON referring IS 'to main';
ALTER TABLE referring OWNER TO kinds_owner;

-- Partitions.
CREATE TABLE parted (id int, at date NOT NULL, r text, UNIQUE (id, at, r)) PARTITION BY RANGE (at);
CREATE TABLE parted_old PARTITION OF parted FOR VALUES FROM (MINVALUE) TO ('2024-01-01') WITH (fillfactor = 60);
CREATE TABLE parted_new (r text, gone int, at date NOT NULL, id int) PARTITION BY LIST (r);
ALTER TABLE parted_new DROP COLUMN gone;
ALTER TABLE parted ATTACH PARTITION parted_new FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE parted_new_a PARTITION OF parted_new FOR VALUES IN ('a', NULL);
CREATE TABLE parted_new_rest PARTITION OF parted_new DEFAULT;
CREATE TABLE hashed (id int) PARTITION BY HASH (id);
CREATE TABLE hashed_0 PARTITION OF hashed (id DEFAULT 4) FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE INDEX parted_r ON parted (r); CREATE INDEX parted_only ON ONLY parted (at, r);
ALTER TABLE ONLY parted_new_rest ALTER r SET STATISTICS 3;
CREATE STATISTICS parted_statistics ON id, r FROM parted;
INSERT INTO parted VALUES (1, '2023-01-01', 'a'), (2, '2024-05-05', 'a'), (3, '2024-06-06', 'z');
COMMENT ON INDEX parted_r IS 'of the root';

-- Indexes, statistics, states of tables.
CREATE UNIQUE INDEX main_partial ON main (lower(b) text_pattern_ops DESC NULLS LAST, a) INCLUDE (id) WHERE a > 0;
CREATE UNIQUE INDEX main_nulls ON main (b) NULLS NOT DISTINCT WITH (fillfactor = 90);
CREATE INDEX main_gin ON main USING gin (to_tsvector('pg_catalog.english', b)) WITH (fastupdate = off);
CREATE INDEX main_hash ON main USING hash (c); CREATE INDEX main_brin ON main USING brin (a int4_minmax_multi_ops (values_per_range = 16));
CREATE INDEX main_collated ON main (b COLLATE "POSIX"); CREATE INDEX main_expression ON main ((a + 1)) ;
ALTER INDEX main_expression ALTER COLUMN 1 SET STATISTICS 55;
ALTER INDEX main_collated DEPENDS ON EXTENSION "uuid-ossp";
CREATE UNIQUE INDEX main_identity ON main (a, always); ALTER TABLE main ALTER always SET NOT NULL;
ALTER TABLE main REPLICA IDENTITY USING INDEX main_identity;
ALTER TABLE unlogged REPLICA IDENTITY NOTHING; ALTER TABLE parent REPLICA IDENTITY FULL;
ALTER TABLE main CLUSTER ON main_collated; ALTER TABLE typed CLUSTER ON typed_pkey;
COMMENT ON INDEX main_partial IS 'partly'; COMMENT ON INDEX main_pkey IS 'key';
CREATE STATISTICS all_statistics (ndistinct, dependencies, mcv) ON a, b, (a + 1) FROM main;
ALTER STATISTICS all_statistics SET STATISTICS 44;
CREATE STATISTICS of_expression ON (lower(b)) FROM main;
COMMENT ON STATISTICS all_statistics IS 's';

-- Views and rules.
CREATE VIEW plain_view AS SELECT a, b FROM main WHERE a > 0 WITH LOCAL CHECK OPTION;
CREATE VIEW secured WITH (security_barrier = true, security_invoker = true, check_option = cascaded) AS SELECT a, b AS "b b" FROM main;
ALTER VIEW plain_view ALTER b SET DEFAULT 'of the view';
CREATE RECURSIVE VIEW numbers (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 3;
CREATE VIEW by_key AS SELECT id, a, b FROM main GROUP BY id;
CREATE TABLE looping (n int); CREATE VIEW loop_view AS SELECT n FROM looping;
CREATE FUNCTION over_view(loop_view) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE OR REPLACE VIEW loop_view AS SELECT n FROM looping WHERE over_view(NULL) = 1;
COMMENT ON VIEW plain_view IS 'v'; COMMENT ON COLUMN plain_view.a IS 'of it'; GRANT SELECT ON plain_view TO kinds_reader;
CREATE MATERIALIZED VIEW filled WITH (fillfactor = 70) AS SELECT a, count(*) AS n FROM main GROUP BY a;
CREATE MATERIALIZED VIEW unfilled AS SELECT a FROM filled WITH NO DATA;
CREATE UNIQUE INDEX filled_a ON filled (a); ALTER MATERIALIZED VIEW filled CLUSTER ON filled_a;
ALTER MATERIALIZED VIEW filled ALTER n SET STATISTICS 9; ALTER MATERIALIZED VIEW filled DEPENDS ON EXTENSION "uuid-ossp";
COMMENT ON MATERIALIZED VIEW filled IS 'm';
CREATE RULE instead AS ON INSERT TO plain_view DO INSTEAD INSERT INTO looping VALUES (NEW.a) RETURNING n, 'x'::text;
CREATE RULE told AS ON UPDATE TO looping DO NOTIFY changed;
CREATE RULE also AS ON UPDATE TO looping WHERE NEW.n > 3 DO ALSO (DELETE FROM parent WHERE id = OLD.n; INSERT INTO parent VALUES (NEW.n));
CREATE RULE nothing_at_all AS ON DELETE TO looping DO INSTEAD NOTHING;
ALTER TABLE looping DISABLE RULE nothing_at_all; ALTER TABLE looping ENABLE ALWAYS RULE also;
COMMENT ON RULE also ON looping IS 'r';

-- Triggers and policies.
CREATE TRIGGER before_row BEFORE INSERT OR UPDATE OF a, b ON main FOR EACH ROW WHEN (NEW.a > 0) EXECUTE FUNCTION of_trigger('x', 'y''z');
CREATE TRIGGER after_all AFTER UPDATE ON main REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION of_trigger();
CREATE TRIGGER truncated BEFORE TRUNCATE ON main EXECUTE FUNCTION of_trigger();
CREATE TRIGGER of_view INSTEAD OF DELETE ON secured FOR EACH ROW EXECUTE FUNCTION of_trigger();
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON main FROM parent DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION of_trigger();
CREATE TRIGGER on_root AFTER INSERT ON parted FOR EACH ROW EXECUTE FUNCTION of_trigger();
ALTER TABLE main DISABLE TRIGGER before_row, ENABLE ALWAYS TRIGGER truncated, ENABLE REPLICA TRIGGER after_all;
ALTER TABLE parted_old DISABLE TRIGGER on_root; ALTER TABLE parted_new_a ENABLE ALWAYS TRIGGER on_root;
ALTER TRIGGER before_row ON main DEPENDS ON EXTENSION "uuid-ossp"; COMMENT ON TRIGGER late ON main IS 't';
ALTER TABLE main ENABLE ROW LEVEL SECURITY; ALTER TABLE parent ENABLE ROW LEVEL SECURITY; ALTER TABLE parent FORCE ROW LEVEL SECURITY;
CREATE POLICY everyone ON main USING (a > 0) WITH CHECK (true);
CREATE POLICY narrow ON main AS RESTRICTIVE FOR SELECT TO kinds_reader, anon USING (b IS NOT NULL);
CREATE POLICY inserting ON main FOR INSERT TO CURRENT_USER WITH CHECK (a < 9);
CREATE POLICY deleting ON main FOR DELETE TO authenticated USING (false); CREATE POLICY updating ON main FOR UPDATE USING (EXISTS (SELECT FROM parent));
COMMENT ON POLICY narrow ON main IS 'p';

-- Publications, large objects, default privileges.
CREATE PUBLICATION of_nothing WITH (publish = 'insert, truncate');
CREATE PUBLICATION of_some FOR TABLE main (id, a, always) WHERE (a > 0), ONLY parent, looping WITH (publish_via_partition_root);
COMMENT ON PUBLICATION of_some IS 'p';
SELECT lo_from_bytea(31001, 'abc'), lo_create(31002);
GRANT SELECT ON LARGE OBJECT 31001 TO kinds_reader WITH GRANT OPTION; COMMENT ON LARGE OBJECT 31001 IS 'l'; ALTER LARGE OBJECT 31002 OWNER TO kinds_owner;
ALTER DEFAULT PRIVILEGES IN SCHEMA kinds GRANT SELECT ON TABLES TO kinds_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA kinds GRANT USAGE ON SEQUENCES TO kinds_reader WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE kinds_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE kinds_owner REVOKE USAGE ON TYPES FROM PUBLIC; ALTER DEFAULT PRIVILEGES FOR ROLE kinds_owner GRANT USAGE ON SCHEMAS TO kinds_reader;
SET ROLE kinds_owner; GRANT SELECT ON kinds.main TO service_role; RESET ROLE;
RESET search_path;
