import { z } from 'zod'

/** A secret as a backup has it. */
export const vaultSecretSchema = z.object({
  id: z.string(),
  name: z.string().nullable(),
  description: z.string().nullable(),
  /** In clear: the ciphertext is worthless on a server with another root key. Null where it could not be decrypted. */
  secret: z.string().nullable(),
  /** With VAULT_MODE=root-key instead of that: the row as it is, which the root key in the backup opens. */
  sealed: z
    .object({
      secret: z.string(),
      /** Hexadecimal. */
      nonce: z.string().nullable(),
      created: z.string(),
      updated: z.string(),
    })
    .optional(),
})
export type VaultSecret = z.infer<typeof vaultSecretSchema>
