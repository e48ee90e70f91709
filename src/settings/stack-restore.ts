import { parse } from 'dotenv'
import { type ComponentResult, type Finding, finding, statusOf } from '../common/findings.ts'
import type { ComponentRestore, RestoreContext } from '../components/component.ts'
import { changeLine, changesOf, type SettingChange } from './changes.ts'
import type { SavedPart } from './files.ts'
import type { PartState, Values } from './part.ts'
import { placeOf } from './parts.ts'
import { stackLines, stackPart, stackRoutes } from './stack.ts'

const component = 'settings'

/** What is to be done about the secrets of a stack. */
export const stackSecrets =
  "Give the target's stack these secrets, and variables of your own that may be some, which are in no backup: the old ones where something is to be read or to stay signed in (JWT_SECRET, ANON_KEY, SERVICE_ROLE_KEY, VAULT_ENC_KEY), else new ones."

/**
 * The restore of what the `.env` of a self-hosted stack says: by hand, as no API sets it, and as part of it is about the machine. It
 * is compared with the target's, where that is known, and told as lines to be put there.
 * @param isChosen which of its variables; all by default
 */
export function openStackRestore(
  { target, disposable }: Pick<RestoreContext, 'target' | 'disposable'>,
  saved: SavedPart,
  isChosen: (setting: string) => boolean,
): ComponentRestore {
  const look = async () => {
    const { stackEnv } = target
    const now = stackEnv && stackPart.take(await stackRoutes(stackEnv).read(''))
    return compare(saved, now || undefined, isChosen)
  }
  const bring = async (): Promise<ComponentResult> => {
    const begun = performance.now()
    const found = disposable ? [] : findingsOf(await look(), target.stackEnv)
    const seconds = (performance.now() - begun) / 1000
    return { component, status: statusOf(found), seconds, counts: {}, findings: found }
  }
  return {
    async preview() {
      const compared = await look()
      const findings = findingsOf(compared, target.stackEnv)
      return {
        document: { changes: compared.changes, findings },
        lines: () => [
          '',
          compared.changes.length === 0
            ? 'Settings: those of the target are the same'
            : 'Settings: now → after, once you have put them into its .env',
          ...compared.changes.map((change) => `    ${changeLine(change)}`),
        ],
      }
    },
    restore: bring,
    undo: bring,
    verify: async () => (disposable ? provenByLines(saved.values) : undefined),
    async close() {},
  }
}

interface Compared {
  changes: SettingChange[]
  /** Secrets that the origin had, and the target has not. */
  secrets: string[]
}

function compare(
  saved: SavedPart,
  now: PartState | undefined,
  isChosen: (setting: string) => boolean,
): Compared {
  const changes = changesOf(stackPart.name, now?.values ?? {}, saved.values)
  return {
    // What only the target has is no loss, and may be what its version needs.
    changes: changes.filter(({ setting, to }) => to !== null && isChosen(setting)),
    // One that is set there to what is no secret is set all the same.
    secrets: saved.secrets.filter((name) => !now?.secrets.includes(name) && !now?.values[name]),
  }
}

function findingsOf({ changes, secrets }: Compared, path: string | undefined): Finding[] {
  const manual = (kind: string, message: string, names: string[]) =>
    names.length === 0 ? [] : [finding({ component, severity: 'manual', kind, message, names })]
  const lines = stackLines(Object.fromEntries(changes.map(({ setting, to }) => [placeOf(setting).field, to])))
  return [
    ...manual(
      'settings-stack-lines',
      `Put those of these lines that are not about the machine into the .env of the target's stack (${path ?? 'docker/.env'}), and start it anew: docker compose up -d.`,
      lines,
    ),
    ...manual('settings-stack-secrets', stackSecrets, secrets),
  ]
}

/** What a drill can prove: that the lines say what the backup has. */
function provenByLines(values: Values) {
  const read = parse(stackLines(values).join('\n'))
  const differences = Object.entries(values)
    .filter(([name, value]) => !String(value).includes('\n') && read[name] !== String(value ?? ''))
    .map(([name, value]) => ({
      ...{ component, kind: 'setting', name: `${stackPart.name}.${name}` },
      ...{ expected: String(value), actual: read[name] ?? null },
    }))
  const counts = { settingsCompared: Object.keys(values).length, differences: differences.length }
  return { ok: differences.length === 0, counts, differences, findings: [] }
}
