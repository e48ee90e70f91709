import type { CoverageKind } from '../coverage/kind.ts'

/** What becomes of users that are backed up or restored by the admin API, in the order of the coverage matrix. */
export const authCoverage: readonly CoverageKind[] = [
  {
    name: 'Users, by the admin API: id, e-mail, telephone, role, metadata, whether confirmed, ban',
    returns:
      'Where the database is not backed up, or not restored (`--only auth`): those that are missing are created, the others made equal with `--update-users`. Anonymous ones and those of single sign-on are named instead.',
  },
  {
    name: 'Users, by the admin API: those of another audience (`aud`) or `instance_id`',
    returns:
      'Not in a backup made by the admin API, which neither lists nor counts them: its report says so. From a backup of the database they are created with their audience.',
  },
  {
    name: 'Users, by the admin API: passwords',
    returns:
      'From a backup of the database, as hashes, when the user is created. A backup made by the admin API has none: who lost theirs is named.',
  },
  {
    name: 'Users, by the admin API: links to other services, second factors, times, sessions',
    returns:
      'In the backup, as far as the API tells of them, but it takes none back: who lost some is counted and named. They return with the database.',
  },
]
