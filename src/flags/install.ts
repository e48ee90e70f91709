import { helpFlags, placeVariables } from './shared.ts'
import type { Command } from './table.ts'

export const install: Command = {
  name: 'install',
  summary: 'sets up the toolkit on this machine.',
  description: [
    'Installs the packages it needs, the systemd units, the manual pages and the completions, and prints what it did and what to type next. Run it again at any time: after an upgrade, after changing a path in the env file, for one more project. A configuration that is there is only changed by --configure.',
  ],
  verb: 'install',
  sections: [
    {
      title: 'What is done',
      flags: [
        {
          name: 'copy-to',
          argument: { name: 'DIR', kind: 'directory' },
          text: 'copies the toolkit to DIR and installs it there; needed where this copy would not last, such as /tmp, a folder of downloads or a removable disk',
        },
        {
          name: 'project',
          short: 'p',
          argument: { name: 'NAME', kind: 'project' },
          text: 'sets up this project as well: its env file is NAME.env in the configuration directory; default: the only one there',
        },
        {
          name: 'user',
          text: 'units of your own user manager, configuration in ~/.config/supabase-backup; the default',
          notWith: [{ flag: 'system' }],
        },
        {
          name: 'system',
          text: 'units of the system, run by the account supabase-backup, configuration in /etc/supabase-backup; needs root',
        },
        {
          name: 'configure',
          text: "asks for the project's settings, tries them on the live project, writes the env file, creates the encrypted repository and exports its key; works again later",
        },
        {
          name: 'enable',
          text: "starts the project's timers: a backup every night, a drill and a repository check every week",
        },
        {
          name: 'dashboard',
          text: 'installs the dashboard as well, as a service at http://127.0.0.1:4317, and starts it; with --uninstall: the dashboard alone is taken away',
        },
        {
          name: 'deps',
          text: 'only installs the packages that the toolkit, its demo and its tests need',
          verb: true,
        },
      ],
    },
    {
      title: 'Taking it away',
      flags: [
        {
          name: 'uninstall',
          text: 'stops the timers and removes what was installed; configuration, archives and keys stay',
          verb: true,
        },
        {
          name: 'purge',
          text: 'with --uninstall: removes configuration, reports, local backups, local repositories and their keys as well, and what only the dashboard knows, after their name was typed; with --project that of the project alone, with --dashboard that of the dashboard alone',
          goesWith: { verbs: ['uninstall'] },
        },
      ],
    },
    {
      title: 'In general',
      flags: [
        { name: 'dry-run', text: 'says what would be done, and does nothing' },
        {
          name: 'yes',
          short: 'y',
          text: 'answers every question with yes, also that of --purge',
        },
        ...helpFlags,
      ],
    },
  ],
  exitCodes: [
    { codes: [0], text: 'success' },
    { codes: [1], text: 'failed' },
    { codes: [2], text: 'usage or a place that would not last' },
    {
      codes: [78],
      text: 'packages are missing and may not be installed, or the configuration is not valid',
    },
  ],
  environment: placeVariables,
  files: [
    {
      name: '~/.config/supabase-backup/NAME.env, /etc/supabase-backup/NAME.env',
      text: 'The configuration of the project NAME; see supabase-backup.env(5).',
    },
    {
      name: '~/.config/systemd/user/, /etc/systemd/system/',
      text: 'The units, and a drop-in of each for every project.',
    },
    {
      name: '~/.config/supabase-backup/logrotate.conf, /etc/logrotate.d/supabase-backup',
      text: 'How logs are rotated.',
    },
    {
      name: '~/.local/share/man/, /usr/local/share/man/',
      text: 'The manual pages.',
    },
    {
      name: '~/.local/share/bash-completion/completions/, /usr/local/share/bash-completion/completions/',
      text: 'The completions for bash.',
    },
    {
      name: '~/.local/share/fish/vendor_completions.d/, /usr/local/share/fish/vendor_completions.d/',
      text: 'The completions for fish.',
    },
    {
      name: '~/.local/share/zsh/site-functions/, /usr/local/share/zsh/site-functions/',
      text: 'The completion for zsh; a user adds that directory to fpath in ~/.zshrc, before compinit is called.',
    },
  ],
  examples: [
    {
      command: './install.sh --project shop --configure',
      text: 'Installs the toolkit, and sets up the project shop by asking.',
    },
    { command: './install.sh --project shop --enable', text: 'Starts the timers of shop.' },
    {
      command: './install.sh --copy-to ~/supabase-backup --dry-run',
      text: 'What an installation from a copy that lasts would do.',
    },
    { command: './install.sh --dashboard', text: 'Installs and starts the dashboard of all projects.' },
    {
      command: './install.sh --uninstall --dashboard',
      text: 'Takes the dashboard away; what only it knows stays.',
    },
    { command: './install.sh --uninstall', text: 'Takes it away, but for configuration, archives and keys.' },
  ],
}
