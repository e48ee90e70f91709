-- Since PostgreSQL 17 a materialized view is filled with a safe search_path, and such views cannot be.
CREATE MATERIALIZED VIEW app.codes AS SELECT code, public.known(code) AS is_known FROM public.lookup;
CREATE UNIQUE INDEX ON app.codes (code);
CREATE MATERIALIZED VIEW app.over_codes AS SELECT count(*) FROM app.codes;
