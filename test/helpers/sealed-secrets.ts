/** Secrets that a real supabase_vault 0.3.1 sealed, with the root key of the throwaway server that it did so on. */
export const rootKey = 'b294e6b2db923374bb083f80cc8e6a794e2e23b0b343456347e9456ee425c3d8'

export const sealedSecrets = [
  {
    ...{ id: 'd70d8e72-5be2-46b6-a45e-125108cf65bb', name: 'door', value: 'open sesame' },
    sealed: 'UUgLjSYjySj1MCkYzOqK69zLh4h1hqH3BZ3VdNzjyWD1VyFIWPUsfr75vw==',
    nonce: 'ca8fdd7b9e8a73f34ee91accaf2c8114',
  },
  {
    ...{ id: '45b6201d-acff-47bf-b1ee-7e327844691f', name: 'empty', value: '' },
    sealed: '2tWI+mXHMJVqmdHifN2Ii+BaMzCStOwqclbGCF87ER8=',
    nonce: 'c47c4ddbc24905bed58d6d8b4981bd80',
  },
  {
    ...{
      id: 'f6cf2092-2a93-4a8d-b9b1-f8bf4597f84e',
      name: 'exact',
      value: '12345678901234567890123456789012',
    },
    sealed: 'zV7zRizzV9hOSXM7biJd/l9mcY5oa5VKvP7RcugXyk6qSYLJ+CgEayPISRO99c4nQZ9Ebmy3RcDruLHhrTWpyQ==',
    nonce: 'c853ddb31011e2001dcd2ba3ddaf510f',
  },
] as const

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

/** SQL: puts them into a vault as they are, its sealed column broken into lines as PostgreSQL encodes it. */
export const insertSealed = sealedSecrets
  .map(
    ({ id, name, sealed, nonce }) =>
      `INSERT INTO vault.secrets (id, name, description, secret, nonce)
       VALUES ('${id}', '${name}', 'of the cave', ${quoted(sealed.replace(/.{76}/, '$&\n'))}, decode('${nonce}', 'hex'));`,
  )
  .join('\n')

/** SQL for a stand-in of the vault: it opens these as well while `vault.in_use` has their root key, as the real one does after a start. */
export const opensWithItsKey = `
CREATE TABLE vault.in_use (key text);
CREATE TABLE vault.known (sealed text, opened text);
INSERT INTO vault.known VALUES ${sealedSecrets.map(({ sealed, value }) => `(${quoted(sealed)}, ${quoted(value)})`).join(', ')};
ALTER FUNCTION vault._crypto_aead_det_decrypt(bytea, bytea, bigint, bytea, bytea) RENAME TO _own_decrypt;
CREATE FUNCTION vault._crypto_aead_det_decrypt(
  message bytea, additional bytea, key_id bigint, context bytea DEFAULT '\\x7067736f6469756d', nonce bytea DEFAULT NULL
) RETURNS bytea LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
  SELECT coalesce(
    (SELECT convert_to(opened, 'utf8') FROM vault.known JOIN vault.in_use ON key = '${rootKey}' WHERE decode(sealed, 'base64') = message),
    vault._own_decrypt(message, additional, key_id, context, nonce))
$$;
CREATE OR REPLACE VIEW vault.decrypted_secrets AS
  SELECT id, name, description, secret, convert_from(
      vault._crypto_aead_det_decrypt(decode(secret, 'base64'), convert_to(id::text, 'utf8'), 0, nonce => nonce), 'utf8') AS decrypted_secret,
    key_id, nonce, created_at, updated_at FROM vault.secrets;
GRANT INSERT ON vault.secrets TO postgres;`
