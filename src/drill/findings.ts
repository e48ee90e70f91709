import { type Finding, finding } from '../common/findings.ts'
import type { PostgresServer } from './postgres.ts'
import type { DrillServer } from './server.ts'
import type { ServiceDifferences } from './services.ts'

/** How a drill's target came about. */
export interface DrillCircumstances {
  wantedMajor: number
  programs: Pick<DrillServer, 'major' | 'lacking' | 'image'>
  confinement: PostgresServer['confinement']
  stoodIn: readonly string[]
  services: ServiceDifferences
}

/** In what a drill into a target of our own is not like one into a hosted project. */
export function drillFindings(circumstances: DrillCircumstances): Finding[] {
  return [
    ...serverFindings(circumstances),
    ...platformFindings(circumstances),
    ...placeFindings(circumstances),
  ]
}

function found(
  kind: string,
  severity: Finding['severity'],
  message: string,
  names: readonly string[] = [],
): Finding {
  return finding({ component: 'database', severity, kind, message, names: [...names] })
}

function named(
  ...args: [kind: string, severity: Finding['severity'], message: string, names: readonly string[]]
) {
  return args[3].length === 0 ? [] : [found(...args)]
}

function serverFindings({ wantedMajor, programs }: DrillCircumstances): Finding[] {
  return [
    ...(programs.major === wantedMajor
      ? []
      : [
          found(
            'drill-newer-server',
            'note',
            `The project runs PostgreSQL ${wantedMajor}; the drill used ${programs.major}, the nearest there are server programs of here that fit it.`,
          ),
        ]),
  ]
}

/** In what the platform's extensions and services differ. */
function platformFindings({ programs, stoodIn, services }: DrillCircumstances): Finding[] {
  return [
    ...named(
      'drill-extensions-missing',
      'manual',
      'The drill’s server has no files of these extensions, so what they do was not drilled. A container image that has them (DRILL_IMAGE) or a project of your own (TEST_SUPABASE_DB_URL) would.',
      programs.lacking.filter((name) => !stoodIn.includes(name)),
    ),
    ...named(
      'drill-extensions-stood-in',
      'note',
      'These extensions of the platform have stand-ins of equal shape in the sandbox.',
      stoodIn,
    ),
    ...named(
      'drill-service-columns',
      'note',
      'The project’s Auth or Storage service is newer than the toolkit’s copy of it: these columns were added to the drill’s target.',
      services.added,
    ),
  ]
}

/** Where the server ran, and how it was kept apart. */
function placeFindings({ programs, confinement }: DrillCircumstances): Finding[] {
  return [
    ...(programs.image
      ? [
          found(
            'drill-image',
            'note',
            `The drill ran on PostgreSQL ${programs.major} in a container${confinement?.reason === undefined ? '' : ' without bounds of memory and processes, which this machine does not give to containers'}, of this image.`,
            [programs.image.name],
          ),
        ]
      : []),
    ...(confinement?.level === 'account'
      ? [
          found(
            'drill-not-confined',
            'note',
            `This machine permits no namespaces, so the drill’s server was kept apart by its account alone: ${confinement.reason?.slice(0, 300)}`,
          ),
        ]
      : []),
  ]
}
