-- The rest of every kind: what a hosted project lets postgres make and a plain server only a superuser; then what no hosted
-- project takes. Runs as postgres while it is a superuser.
SET search_path = kinds;
CREATE FUNCTION of_event() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN NULL; END';
CREATE EVENT TRIGGER kinds_end ON ddl_command_end WHEN TAG IN ('CREATE SERVER', 'DROP SERVER') EXECUTE FUNCTION of_event();
CREATE EVENT TRIGGER kinds_drop ON sql_drop EXECUTE FUNCTION of_event();
CREATE EVENT TRIGGER kinds_rewrite ON table_rewrite EXECUTE FUNCTION of_event();
ALTER EVENT TRIGGER kinds_drop DISABLE; ALTER EVENT TRIGGER kinds_rewrite ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER kinds_end IS 'e';
CREATE PUBLICATION of_all FOR ALL TABLES WITH (publish = 'delete');
CREATE PUBLICATION of_a_schema FOR TABLES IN SCHEMA kinds, public;
CREATE FOREIGN DATA WRAPPER bare; CREATE FOREIGN DATA WRAPPER checked VALIDATOR postgresql_fdw_validator;
COMMENT ON FOREIGN DATA WRAPPER bare IS 'w';
CREATE SERVER elsewhere TYPE 'other' VERSION '1.2' FOREIGN DATA WRAPPER bare OPTIONS (host 'x', "two words" 'y z');
COMMENT ON SERVER elsewhere IS 's';
GRANT USAGE ON FOREIGN DATA WRAPPER bare TO kinds_reader; GRANT USAGE ON FOREIGN SERVER elsewhere TO kinds_reader WITH GRANT OPTION;
CREATE USER MAPPING FOR PUBLIC SERVER elsewhere; CREATE USER MAPPING FOR kinds_reader SERVER elsewhere OPTIONS (user 'u', password 'p''w');
CREATE FOREIGN TABLE far (id int OPTIONS (name 'ID') NOT NULL, b text DEFAULT 'x' CHECK (b <> ''), g int GENERATED ALWAYS AS (id + 1) STORED)
  SERVER elsewhere OPTIONS (file 'f');
CREATE FOREIGN TABLE far_part PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1) SERVER elsewhere;
COMMENT ON FOREIGN TABLE far IS 'f'; COMMENT ON COLUMN far.id IS 'i'; GRANT SELECT (id) ON far TO kinds_reader;
ALTER FOREIGN TABLE far ALTER id SET STATISTICS 5, ALTER b OPTIONS (ADD kind 'text');

-- Refused by every hosted project.
CREATE ACCESS METHOD own_heap TYPE TABLE HANDLER heap_tableam_handler;
COMMENT ON ACCESS METHOD own_heap IS 'a';
CREATE TYPE base; CREATE TYPE shell_alone;
CREATE FUNCTION base_in(cstring) RETURNS base LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION base_out(base) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE base (INPUT = base_in, OUTPUT = base_out, LIKE = text, CATEGORY = 'S', PREFERRED = false, DELIMITER = ';', COLLATABLE = true, DEFAULT = 'd');

CREATE CAST (base AS text) WITHOUT FUNCTION;
CREATE FUNCTION compared(point3, point3) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 0';
CREATE OPERATOR FAMILY loose_family USING btree;
ALTER OPERATOR FAMILY loose_family USING btree ADD OPERATOR 1 < (int4, int8), FUNCTION 1 (int4, int8) btint48cmp(int4, int8);
CREATE OPERATOR CLASS point3_class DEFAULT FOR TYPE point3 USING btree AS OPERATOR 3 ===, FUNCTION 1 compared(point3, point3);
CREATE OPERATOR FAMILY stored_family USING gist;
CREATE OPERATOR CLASS stored_class FOR TYPE circle USING gist FAMILY stored_family AS OPERATOR 1 << (circle, circle), STORAGE box;
COMMENT ON OPERATOR CLASS point3_class USING btree IS 'c'; COMMENT ON OPERATOR FAMILY loose_family USING btree IS 'f';
CREATE TEXT SEARCH PARSER own_parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline);
CREATE TEXT SEARCH TEMPLATE own_template (INIT = dsimple_init, LEXIZE = dsimple_lexize);
COMMENT ON TEXT SEARCH PARSER own_parser IS 'p'; COMMENT ON TEXT SEARCH TEMPLATE own_template IS 't';
CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION int4recv(internal));
COMMENT ON TRANSFORM FOR int LANGUAGE sql IS 't';
CREATE TRUSTED LANGUAGE own_language HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler VALIDATOR plpgsql_validator;
COMMENT ON LANGUAGE own_language IS 'l'; GRANT USAGE ON LANGUAGE own_language TO kinds_reader;
CREATE FUNCTION in_own() RETURNS int LANGUAGE own_language AS 'BEGIN RETURN 1; END';
CREATE SUBSCRIPTION feed CONNECTION 'host=127.0.0.1 port=1 dbname=x' PUBLICATION p WITH (connect = false, slot_name = NONE);
RESET search_path;
