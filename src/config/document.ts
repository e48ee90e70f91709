import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defaultOf, kindOf } from './kinds.ts'
import { descriptionOf, groups, settingsSchema } from './variables.ts'

/** A variable of the env file, as the documents show it. */
export interface Variable {
  name: string
  group: string
  type: string
  secret: boolean
  default: string | undefined
  example: string | undefined
  text: string
}

function variables(): Variable[] {
  return Object.entries(settingsSchema.shape).map(([name, schema]) => {
    const { type, secret } = kindOf(schema)
    const { group, text, example } = descriptionOf(schema)
    return { name, group, type, secret: secret ?? false, default: defaultOf(schema), example, text }
  })
}

/** Every variable, by the headings of the documents. */
export function groupedVariables(): [title: string, members: Variable[]][] {
  const all = variables()
  return Object.entries(groups).map(([group, title]) => [
    title,
    all.filter((variable) => variable.group === group),
  ])
}

/** Lines of at most 100 characters, each behind a `# `. */
function comment(text: string): string {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    if (line.length + word.length >= 98) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.map((line) => `# ${line}\n`).join('')
}

/** `.env.example`: every variable with its meaning, commented out. */
export function renderExample(): string {
  const head = comment(
    'One file a project, e.g. ~/.config/supabase-backup/shop.env, chmod 600. It is parsed, not run by a shell. Values with spaces or # need quotes. Why the SQL of a dump is not edited but filtered by rules, and more of the kind, says docs/explanation/design.md.',
  )
  const sections = groupedVariables().map(([title, members]) => {
    const entries = members.map(
      ({ name, text, default: value, example }) =>
        `${comment(text)}#${name}=${quoted(value ?? example ?? '')}\n`,
    )
    return `## ${title}\n\n${entries.join('\n')}`
  })
  return `# Made by \`npm run generate\` from src/config/variables.ts.\n${head}\n${sections.join('\n')}`
}

function quoted(value: string): string {
  return /[\s#]/.test(value) ? `'${value}'` : value
}

/** docs/reference/configuration.md. */
export function renderReference(): string {
  const sections = groupedVariables().map(([title, members]) => {
    const rows = members.map(
      ({ name, type, default: value, text }) =>
        `| \`${name}\` | ${type} | ${value === undefined ? '' : `\`${value}\``} | ${text.replaceAll('|', '\\|')} |`,
    )
    return `## ${title}\n\n| Variable | Kind | Default | Meaning |\n|---|---|---|---|\n${rows.join('\n')}\n`
  })
  return `# Configuration

<!-- Made by \`npm run generate\` from src/config/variables.ts. -->

A project is described by one env file: \`NAME.env\` in \`$XDG_CONFIG_HOME/supabase-backup\` (\`~/.config/supabase-backup\`)
or \`/etc/supabase-backup\`, named by \`--project NAME\`; any other file by \`--env-file FILE\`; without either, the
\`.env\` of the checkout, else the only project there is. The file is parsed, never run by a shell: nothing in it is expanded,
but a leading \`~\` or \`$HOME\` in variables of the kinds *path* and *repository*. An unknown variable is an error.

A value is taken from the first of these that has it: the environment of the command, a systemd credential of the same name
(\`LoadCredential=\`), what [\`SECRETS_COMMAND\`](../how-to/secrets.md) prints, the env file, the default. \`backup.sh --config\` shows the values in effect, and where each came from.

${sections.join('\n')}`
}

/** Writes both into the checkout at `root`. */
export async function writeDocuments(root: string): Promise<void> {
  await writeFile(join(root, '.env.example'), renderExample())
  await writeFile(join(root, 'docs/reference/configuration.md'), renderReference())
}
