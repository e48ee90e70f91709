import type { CoverageKind } from '../coverage/kind.ts'

/** The files of the parts of settings; see files.ts. */
const savedIn = (...parts: string[]) => parts.map((part) => `settings/${part}.json`)

/** What a project has besides its database and its files, in the order of the coverage matrix. */
export const settingsCoverage: readonly CoverageKind[] = [
  {
    counts: ['settings'],
    name: 'Settings of auth: addresses, sign-in, providers, mail texts, limits, hooks, MFA, SMTP',
    files: savedIn('auth'),
    returns:
      'Each by itself, where it differs from the target’s. What does not work without a secret waits until the target has it, and is named.',
  },
  {
    name: 'SAML providers, third-party auth',
    files: savedIn('sso', 'third-party-auth'),
    returns: 'Made, changed and removed until they are those of the backup.',
  },
  {
    name: 'Settings of the API (PostgREST), Storage, Realtime, the shared pooler',
    files: savedIn('postgrest', 'storage', 'realtime', 'pooler'),
    returns: 'Each by itself, where it differs.',
  },
  {
    name: 'Overrides of PostgreSQL’s settings',
    files: savedIn('postgres'),
    returns: 'Set without a restart; those that need one are named.',
  },
  {
    name: 'Network restrictions, SSL enforcement',
    files: savedIn('network-restrictions', 'ssl-enforcement'),
    returns: 'Last of all, once everything else is restored and compared.',
  },
  {
    name: 'Secrets among the settings: of providers, SMTP, SMS, captcha, hooks',
    returns:
      'Never: the platform gives out a digest at most. Each that was set is named in the report of a restore and in RECOVERY.md, to be set by hand.',
  },
  {
    name: 'Variables in the `.env` of a self-hosted stack',
    files: savedIn('stack'),
    returns:
      'Those that are known to be settings: as lines to be put into the target’s. Secrets, and variables that may be some, by their names alone.',
  },
  {
    name: 'Custom domain, vanity subdomain, disk, dedicated pooler, names of API keys and signing keys',
    returns:
      'Not restored: recorded in `settings/`, and named in the report of a restore and in RECOVERY.md.',
  },
]
