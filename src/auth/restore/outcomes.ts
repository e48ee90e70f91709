import { type Finding, finding } from '../../common/findings.ts'
import { plural } from '../../common/units.ts'

/** What is said of users after a restore, by kind; the names are their ids. */
const kinds = {
  'users-refused': {
    severity: 'degraded',
    message: (n: number) =>
      `${plural(n, 'user')} could not be created: the auth service refuses the address or number, a user of another id has it, the metadata are nested too deep, or it failed at them again and again.`,
  },
  'users-not-updated': {
    severity: 'degraded',
    message: (n: number) =>
      `${plural(n, 'user')} could not be made as the backup has them: the auth service refuses it, as where another user has the address or number, or failed at them again and again.`,
  },
  'users-not-removed': {
    severity: 'degraded',
    message: (n: number) =>
      `${plural(n, 'user')} that came since could not be removed from the target: the auth service failed at them again and again.`,
  },
  'users-differ': {
    severity: 'manual',
    message: (n: number) =>
      `${plural(n, 'user')} of the target ${are(n)} not as in the backup and ${were(n)} left so; restore.sh --update-users makes them so.`,
  },
  'users-kept': {
    severity: 'note',
    message: (n: number) =>
      `${plural(n, 'user')} that the backup does not have ${were(n)} left at the target.`,
  },
  'users-updated': {
    severity: 'note',
    message: (n: number) => `${plural(n, 'user')} of the target ${were(n)} made as the backup has them.`,
  },
  'users-removed': {
    severity: 'note',
    message: (n: number) => `${plural(n, 'user')} that came since ${were(n)} removed from the target.`,
  },
  'bans-lifted': {
    severity: 'note',
    message: (n: number) => `The ban of ${plural(n, 'user')} was lifted, as the backup has none.`,
  },
  'passwords-lost': {
    severity: 'manual',
    message: (n: number) =>
      `${plural(n, 'user')} ${were(n)} created without a password, which the backup does not have or the admin API does not take: they have to set a new one.`,
  },
  'identities-lost': {
    severity: 'manual',
    message: (n: number) =>
      `${plural(n, 'user')} sign in by another service, such as Google, and ${were(n)} created without that link, which the admin API cannot make: it is made anew when they sign in with the same, confirmed address.`,
  },
  'factors-lost': {
    severity: 'manual',
    message: (n: number) =>
      `${plural(n, 'user')} had a second factor, which the admin API cannot make: they have to enrol it again.`,
  },
  'anonymous-users-left': {
    severity: 'manual',
    message: (n: number) =>
      `${plural(n, 'anonymous user')} ${were(n)} not created: the admin API makes none without an address or number.`,
  },
  'sso-users-left': {
    severity: 'manual',
    message: (n: number) =>
      `${plural(n, 'user')} of single sign-on ${were(n)} not created: the admin API would make users with a password of them.`,
  },
  'deleted-users-left': {
    severity: 'note',
    message: (n: number) =>
      `${plural(n, 'user')} who ${were(n)} deleted but kept in the database ${were(n)} not created.`,
  },
  'times-lost': {
    severity: 'note',
    message: (n: number) =>
      `${plural(n, 'user')} ${were(n)} created with the present as the time of creation and confirmation, and without sessions: the admin API takes neither.`,
  },
} as const
export type Outcome = keyof typeof kinds

function are(n: number): string {
  return n === 1 ? 'is' : 'are'
}

function were(n: number): string {
  return n === 1 ? 'was' : 'were'
}

const namesKept = 100

/** Counts what became of users, with the first hundred ids of each kind. */
export interface Outcomes {
  add(outcome: Outcome, id: string): void
  count(outcome: Outcome): number
  findings(): Finding[]
}

export function createOutcomes(): Outcomes {
  const found = new Map<Outcome, { count: number; names: string[] }>()
  return {
    add(outcome, id) {
      const { count, names } = found.get(outcome) ?? { count: 0, names: [] }
      if (names.length < namesKept) names.push(id)
      found.set(outcome, { count: count + 1, names })
    },
    count: (outcome) => found.get(outcome)?.count ?? 0,
    findings: () =>
      [...found].map(([kind, { count, names }]) => {
        const { severity, message } = kinds[kind]
        return finding({ component: 'auth', severity, kind, message: message(count), names, count })
      }),
  }
}
