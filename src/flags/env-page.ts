import { groupedVariables, type Variable } from '../config/document.ts'
import { commands } from './commands.ts'
import { pageHead, paragraphs, roff, seeAlso, tagged } from './roff.ts'
import { manualOf } from './table.ts'

/** The page's name, of section 5. */
export const environmentPage = 'supabase-backup.env'

/** The manual page of the env file, made from the variables' schema. */
export function renderEnvironmentPage(version: string): string {
  return [
    ...pageHead({
      name: environmentPage,
      section: 5,
      source: 'src/config/variables.ts',
      version,
      summary: 'the configuration of one Supabase project that is backed up',
    }),
    '.SH DESCRIPTION',
    ...paragraphs([
      'Each project is described by one env file of lines NAME=value, which only its owner may read (chmod 600). Values with spaces or # need quotes. The file is parsed, never run by a shell: nothing in it is expanded, but a leading ~ or $HOME in variables of the kinds path and repository. An unknown variable is an error.',
      'The commands take NAME.env in the configuration directory with --project NAME, and any other file with --env-file FILE; without either, the .env of the checkout, else the only project there is.',
      'A value is taken from the first of these that has it: the environment of the command, a systemd credential of the same name (LoadCredential=), the env file, the default. backup.sh --config shows the values in effect, and where each came from.',
    ]),
    '.SH VARIABLES',
    ...groupedVariables().flatMap(([title, members]) => [`.SS ${roff(title)}`, ...members.flatMap(describe)]),
    '.SH FILES',
    ...tagged('~/.config/supabase-backup/NAME.env', 'The project NAME of a user; XDG_CONFIG_HOME moves it.'),
    ...tagged('/etc/supabase-backup/NAME.env', 'The project NAME of the system.'),
    ...tagged(
      '.env.example',
      'In the directory of the toolkit: every variable, to be copied and filled in; install.sh --project NAME does so, and with --configure asks for the values.',
    ),
    '.SH EXAMPLES',
    '.nf',
    ...example.map(roff),
    '.fi',
    ...seeAlso([...commands.map((command) => `${manualOf(command)}(1)`), 'systemd.exec(5)']),
    '',
  ].join('\n')
}

const example = [
  'SUPABASE_PROJECT_REF=abcdefghijklmnopqrst',
  "SUPABASE_DB_PASSWORD='the password of postgres'",
  'SUPABASE_SERVICE_ROLE_KEY=sb_secret_...',
  'BORG_REPO=ssh://borg@backup.example.com/./shop.borg',
  'BORG_PASSCOMMAND=cat ~/.config/supabase-backup/shop.passphrase',
]

function describe({ name, type, default: value, text }: Variable): string[] {
  const kind = value === undefined ? `Kind: ${type}.` : `Kind: ${type}; default: ${value}.`
  return tagged(`\\fB${roff(name)}\\fR`, text, kind)
}
