-- A root key of this server's own, in a file of its data directory that no dump and no query of postgres reaches.
DO $$
BEGIN
  EXECUTE format(
    $copy$COPY (SELECT replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')) TO %L$copy$,
    current_setting('data_directory') || '/vault_root.key'
  );
END
$$;
