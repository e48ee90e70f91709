import { access, readFile } from 'node:fs/promises'
import type { Component } from '../components/component.ts'
import { readSecretDigests } from './index-file.ts'
import { functionsLayout } from './layout.ts'
import { iterations } from './secret-values.ts'

type Recovery = Awaited<ReturnType<NonNullable<Component['recovery']>>>

/** How the functions are brought back without the toolkit, and which secrets somebody has to set. */
export async function recoveryPart({ generation }: { generation: string }): Promise<Recovery> {
  const names = (await readSecretDigests(generation))?.map(({ name }) => name)
  const isKept = await access(functionsLayout(generation).secretValues).then(
    () => true,
    () => false,
  )
  return {
    programs: ['the Supabase CLI for the edge functions'],
    text: await readFile(new URL('recovery.md', import.meta.url), 'utf8'),
    values: { functionSecrets: secretsText(names, isKept) },
    manual:
      names === undefined || names.length === 0
        ? []
        : [`Set the secrets of the edge functions: ${names.join(', ')}.`],
  }
}

function secretsText(names: readonly string[] | undefined, isKept: boolean): string {
  if (names === undefined) return 'Which secrets the functions had could not be read.'
  if (names.length === 0) return 'The functions had no secrets.'
  const list = `The functions had these secrets: ${names.map((name) => `\`${name}\``).join(', ')}.`
  if (!isKept)
    return `${list} Their values are not in the backup; set them with \`supabase secrets set NAME=VALUE\`.`
  return `${list} The values that were known are in \`functions/secrets.enc\`, encrypted with the passphrase of the repository; set them with \`supabase secrets set NAME=VALUE\`:

\`\`\`text
openssl enc -d -aes-256-cbc -pbkdf2 -iter ${iterations} -md sha256 -in functions/secrets.enc
\`\`\``
}
