import type { ComponentDiff } from '../components/component.ts'
import { changeLine, changesOf } from './changes.ts'
import { holdsValues, readSettings } from './files.ts'

/** What changed between the settings of two backups, as they recorded them. */
export async function compareBackups(before: string, after: string): Promise<ComponentDiff> {
  const [from, to] = [await readSettings(before), await readSettings(after)]
  const names = [...new Set([...from.parts, ...to.parts].map(({ name }) => name))]
  const changes = names.flatMap((name) => {
    const [old, now] = [from, to].map(({ parts }) => parts.find((part) => part.name === name))
    // Of what one of them could not read nothing is known.
    if (!old || !now || ![old, now].every(({ status }) => holdsValues(status) || status === 'absent'))
      return []
    return changesOf(name, old.values, now.values)
  })
  const secretsOf = ({ parts }: typeof from) =>
    new Set(parts.flatMap(({ name, secrets }) => secrets.map((secret) => `${name}.${secret}`)))
  const secretsSet = [...secretsOf(to)].filter((secret) => !secretsOf(from).has(secret))
  const secretsUnset = [...secretsOf(from)].filter((secret) => !secretsOf(to).has(secret))
  return {
    document: { changes, secretsSet, secretsUnset },
    equal: changes.length + secretsSet.length + secretsUnset.length === 0,
    lines: [
      ...changes.map(changeLine),
      ...secretsSet.map((secret) => `+ ${secret}: a secret was set`),
      ...secretsUnset.map((secret) => `- ${secret}: a secret was removed`),
    ],
  }
}
