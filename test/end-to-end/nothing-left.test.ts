import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkout } from '../helpers/checkout.ts'
import {
  addUser,
  bootMachine,
  installed,
  type Machine,
  type MachineUser,
  machineImpossible,
} from '../helpers/machine.ts'
import { unless } from '../helpers/skipped.ts'

const impossible = await machineImpossible()

describe.skipIf(impossible)(
  unless(impossible, 'npm run demo, by a user without rights and from a checkout that cannot be written to'),
  () => {
    let machine: Machine
    let user: MachineUser

    beforeAll(async () => {
      machine = await bootMachine()
      user = await addUser(machine, 'visitor')
      await machine.sh('touch /run/before && sleep 0.1')
    })
    afterAll(() => machine?.stop())

    /** The user's: files of the machine outside, where other work goes on, are seen through the overlay. */
    const newFiles = async () =>
      (
        await machine.sh(
          `find / /tmp /dev/shm -xdev \\( -path '${checkout}' -o -path /proc -o -path /var/log \\) -prune -o -user ${user.as.user} -newer /run/before ! -type d -print`,
        )
      )
        .split('\n')
        .filter((path) => path !== '' && path.startsWith('/'))

    const processes = () => machine.sh(`ps -u ${user.as.user} -o args= | grep -v 'systemd --user' || true`)

    it('leaves no process and no file', async () => {
      const output = await machine.sh(`cd ${installed} && npm run demo -- small`, user.as)
      expect(output).toContain('everything is equal')
      expect(await processes()).toBe('')
      expect(await newFiles()).toEqual([])
    })

    it('would be seen to leave one', async () => {
      await machine.sh('touch /var/tmp/left-behind; (sleep infinity >/dev/null 2>&1 &)', user.as)
      expect(await newFiles()).toEqual(['/var/tmp/left-behind'])
      expect(await processes()).toContain('sleep infinity')
    })
  },
)
