-- A root key of this server's own, in a file of its data directory that no dump and no query of postgres reaches.
DO $$
BEGIN
  EXECUTE format(
    $copy$COPY (SELECT encode(extensions.gen_random_bytes(32), 'hex')) TO %L$copy$,
    current_setting('data_directory') || '/vault_root.key'
  );
END
$$;
