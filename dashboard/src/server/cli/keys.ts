import type { App } from '../app.ts'
import { plural } from '../toolkit.ts'
import type { CommandLine } from './arguments.ts'

/** What is done to the key that secrets are sealed with, by whoever may read the dashboard's files anyway. */
export function keyCommand({ keys, audit }: App, { command }: CommandLine): string {
  const note = (action: string, details: Record<string, unknown>) =>
    audit.add({ by: 'command line', address: '', action, subject: 'key', details })
  if (command === 'key rotate') {
    const { sealed } = keys.rotate()
    const { keyId, file } = keys.state()
    note('rotate key', { keyId, sealed })
    return `There is a new key, ${keyId}, in ${file}: keep a copy elsewhere. ${plural(sealed, 'secret was', 'secrets were')} sealed anew.`
  }
  const lost = keys.replaceLost()
  note('replace lost key', { lost })
  if (lost.length === 0) return 'Every secret can be opened: nothing was changed.'
  return ['What the new key cannot open was taken away. To be set anew:', ...lost.map(inWords)].join('\n  ')
}

function inWords(place: string): string {
  const [kind, id, name] = place.split('/')
  if (kind === 'credentials') return `${name} of project ${id}`
  return kind === 'users' ? `the second factor of user ${id}, who signs in without it until then` : place
}
