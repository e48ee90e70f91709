-- What a hosted project lets postgres make and a plain server only a superuser: runs as postgres while it is one.
CREATE FUNCTION app.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO app.ddl_seen SELECT tg_tag; END $$;
CREATE TABLE app.ddl_seen (tag text);
CREATE EVENT TRIGGER "watch -- ddl" ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'CREATE VIEW') EXECUTE FUNCTION app.on_ddl();
COMMENT ON EVENT TRIGGER "watch -- ddl" IS 'sees all';
CREATE EVENT TRIGGER asleep ON sql_drop EXECUTE FUNCTION app.on_ddl();
ALTER EVENT TRIGGER asleep DISABLE;
CREATE PUBLICATION everything FOR ALL TABLES;
CREATE PUBLICATION of_schema FOR TABLES IN SCHEMA app;
CREATE FOREIGN DATA WRAPPER "own wrapper" OPTIONS (debug 'true');
CREATE SERVER "far -- away" FOREIGN DATA WRAPPER "own wrapper" OPTIONS (host 'db.example.com', note 'it''s
-- two lines');
GRANT USAGE ON FOREIGN SERVER "far -- away" TO app_reader;
CREATE USER MAPPING FOR app_reader SERVER "far -- away" OPTIONS (user 'u', password 'p -- ''w');
CREATE FOREIGN TABLE app.remote (id int OPTIONS (column_name 'ID')) SERVER "far -- away" OPTIONS (table_name 't;');
