-- supabase_vault, of equal shape: secrets are encrypted with a root key that lives outside SQL, so that ciphertext
-- copied to another server cannot be read there. No server here has the extension's files.

CREATE FUNCTION vault._root_key() RETURNS bytea LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
  SELECT decode(trim(E'\n' FROM pg_read_file('vault_root.key')), 'hex')
$$;
REVOKE ALL ON FUNCTION vault._root_key() FROM PUBLIC;

CREATE FUNCTION vault._crypto_aead_det_noncegen() RETURNS bytea LANGUAGE sql VOLATILE AS $$
  SELECT extensions.gen_random_bytes(16)
$$;

CREATE FUNCTION vault._crypto_aead_det_encrypt(
  message bytea, additional bytea, key_id bigint, context bytea DEFAULT '\x7067736f6469756d', nonce bytea DEFAULT NULL
) RETURNS bytea LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = '' AS $$
  SELECT extensions.hmac(additional || nonce || sealed.bytes, vault._root_key(), 'sha256') || sealed.bytes
  FROM (SELECT extensions.encrypt_iv(message, vault._root_key(), nonce, 'aes') AS bytes) AS sealed
$$;

CREATE FUNCTION vault._crypto_aead_det_decrypt(
  message bytea, additional bytea, key_id bigint, context bytea DEFAULT '\x7067736f6469756d', nonce bytea DEFAULT NULL
) RETURNS bytea LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = '' AS $$
DECLARE
  tag bytea := substring(message FROM 1 FOR 32);
  sealed bytea := substring(message FROM 33);
BEGIN
  IF tag IS DISTINCT FROM extensions.hmac(additional || nonce || sealed, vault._root_key(), 'sha256') THEN
    RAISE EXCEPTION 'pgsodium_crypto_aead_det_decrypt_by_id: invalid ciphertext' USING ERRCODE = '22000';
  END IF;
  RETURN extensions.decrypt_iv(sealed, vault._root_key(), nonce, 'aes');
END
$$;

CREATE TABLE vault.secrets (
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
  name text,
  description text NOT NULL DEFAULT '',
  secret text NOT NULL,
  key_id uuid,
  nonce bytea DEFAULT vault._crypto_aead_det_noncegen(),
  created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
);
COMMENT ON TABLE vault.secrets IS 'Table with encrypted `secret` column for storing sensitive information on disk.';
CREATE UNIQUE INDEX secrets_name_idx ON vault.secrets (name) WHERE name IS NOT NULL;

CREATE VIEW vault.decrypted_secrets AS
SELECT
  id, name, description, secret,
  convert_from(
    vault._crypto_aead_det_decrypt(decode(secret, 'base64'), convert_to(id::text, 'utf8'), 0, nonce => nonce), 'utf8'
  ) AS decrypted_secret,
  key_id, nonce, created_at, updated_at
FROM vault.secrets;

CREATE FUNCTION vault.create_secret(
  new_secret text, new_name text DEFAULT NULL, new_description text DEFAULT '', new_key_id uuid DEFAULT NULL
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
  secret_id uuid := gen_random_uuid();
BEGIN
  INSERT INTO vault.secrets (id, secret, name, description, key_id)
  VALUES (secret_id, '', new_name, new_description, new_key_id);
  PERFORM vault.update_secret(secret_id, new_secret);
  RETURN secret_id;
END
$$;

CREATE FUNCTION vault.update_secret(
  secret_id uuid, new_secret text DEFAULT NULL, new_name text DEFAULT NULL, new_description text DEFAULT NULL,
  new_key_id uuid DEFAULT NULL
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = '' AS $$
  UPDATE vault.secrets AS kept SET
    secret = CASE
      WHEN new_secret IS NULL THEN kept.secret
      ELSE encode(vault._crypto_aead_det_encrypt(
        convert_to(new_secret, 'utf8'), convert_to(secret_id::text, 'utf8'), 0, nonce => kept.nonce
      ), 'base64')
    END,
    name = coalesce(new_name, kept.name),
    description = coalesce(new_description, kept.description),
    updated_at = now()
  WHERE kept.id = secret_id
$$;

SELECT pg_temp.register_extension('supabase_vault', 'vault', '0.3.1', ARRAY['vault.secrets'::regclass]);
COMMENT ON EXTENSION supabase_vault IS 'Supabase Vault Extension';
ALTER EXTENSION supabase_vault ADD FUNCTION vault._root_key();
ALTER EXTENSION supabase_vault ADD FUNCTION vault._crypto_aead_det_noncegen();
ALTER EXTENSION supabase_vault ADD FUNCTION vault._crypto_aead_det_encrypt(bytea, bytea, bigint, bytea, bytea);
ALTER EXTENSION supabase_vault ADD FUNCTION vault._crypto_aead_det_decrypt(bytea, bytea, bigint, bytea, bytea);
ALTER EXTENSION supabase_vault ADD TABLE vault.secrets;
ALTER EXTENSION supabase_vault ADD VIEW vault.decrypted_secrets;
ALTER EXTENSION supabase_vault ADD FUNCTION vault.create_secret(text, text, text, uuid);
ALTER EXTENSION supabase_vault ADD FUNCTION vault.update_secret(uuid, text, text, text, uuid);

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA vault FROM PUBLIC;
GRANT SELECT, DELETE ON vault.secrets, vault.decrypted_secrets TO postgres WITH GRANT OPTION;
GRANT SELECT, DELETE ON vault.secrets, vault.decrypted_secrets TO service_role;
GRANT EXECUTE ON FUNCTION
  vault.create_secret(text, text, text, uuid),
  vault.update_secret(uuid, text, text, text, uuid),
  vault._crypto_aead_det_decrypt(bytea, bytea, bigint, bytea, bytea)
  TO postgres WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION
  vault.create_secret(text, text, text, uuid),
  vault.update_secret(uuid, text, text, text, uuid),
  vault._crypto_aead_det_decrypt(bytea, bytea, bigint, bytea, bytea)
  TO service_role;
