import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bootMachine, installed, type Machine, machineImpossible } from '../../../test/helpers/machine.ts'
import { unless } from '../../../test/helpers/skipped.ts'

const impossible = await machineImpossible()
const unit = 'supabase-backup-dashboard.service'
/** What `systemd-analyze security` may find at most, in tenths: runs write where their projects say. */
const exposure = 30

describe.skipIf(impossible)(unless(impossible, 'the unit of the dashboard'), () => {
  let machine: Machine
  const property = async (name: string) =>
    (await machine.sh(`systemctl show --value --property=${name} ${unit}`)).trim()

  beforeAll(async () => {
    machine = await bootMachine()
    // The network is this machine's own: a port that is free, as the drop-in that the how-to describes gives it.
    await machine.sh(`mkdir -p /etc/systemd/system/${unit}.d
      printf '[Service]\\nEnvironment=DASHBOARD_PORT=0\\n' >/etc/systemd/system/${unit}.d/port.conf
      ${installed}/install.sh --system --dashboard`)
  })
  afterAll(() => machine?.stop())

  test('is understood by systemd without a remark, manual page included', async () => {
    const { code, stderr } = await machine.run(['systemd-analyze', 'verify', `/etc/systemd/system/${unit}`])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  test('is exposed to little', async ({ skip }) => {
    const version = Number(/\d+/.exec(await machine.sh('systemctl --version'))?.[0])
    if (version < 250) skip(`systemd ${version} cannot judge units that are not loaded`)
    const judge = (file: string) =>
      machine.sh(`systemd-analyze security --offline=true --threshold=${exposure} ${file}`)
    await judge(`/etc/systemd/system/${unit}`)
    await machine.sh("printf '[Service]\\nExecStart=/bin/true\\n' >/tmp/bare.service")
    await expect(judge('/tmp/bare.service')).rejects.toThrow('exit code 1')
  })

  test('serves as an account without rights, and starts with the machine', async () => {
    await expect
      .poll(() => machine.sh(`journalctl -u ${unit} -o cat`), { timeout: 600_000, interval: 200 })
      .toContain('Ready.')
    const [, url] = /The dashboard is at (\S+)/.exec(await machine.sh(`journalctl -u ${unit} -o cat`)) ?? []
    expect((await fetch(`${url}/sign-in`)).status).toBe(200)
    expect(await property('UnitFileState')).toBe('enabled')
    // Runs that it started go on without it.
    expect(await property('KillMode')).toBe('process')
    const status = await machine.sh(`cat /proc/${await property('MainPID')}/status`)
    expect(status).toMatch(/^NoNewPrivs:\t1$/m)
    expect(status).toMatch(/^CapBnd:\t0+$/m)
    const owner = 'stat -c "%U %a" /var/lib/supabase-backup/.local/share/supabase-backup-dashboard'
    expect(await machine.sh(owner)).toBe('supabase-backup 700\n')
  })

  test('goes with --uninstall --dashboard, and --purge takes what only it knows, with nothing of a project', async () => {
    await machine.sh(`touch /etc/supabase-backup/shop.env && mkdir -p /var/lib/supabase-backup/shop/current`)
    const directory = '/var/lib/supabase-backup/.local/share/supabase-backup-dashboard'
    await machine.sh(`${installed}/install.sh --system --uninstall --dashboard`)
    expect(await property('ActiveState')).toBe('inactive')
    await machine.sh(`[[ ! -e /etc/systemd/system/${unit} && -f ${directory}/key ]]`)
    const purge = `${installed}/install.sh --system --uninstall --dashboard --purge`
    await expect(machine.sh(`${purge} </dev/null`)).rejects.toThrow('PURGE_NOT_CONFIRMED')
    await machine.sh(`[[ -f ${directory}/key ]] && ${purge} --yes`)
    await machine.sh(
      `[[ ! -e ${directory} && -f /etc/supabase-backup/shop.env && -d /var/lib/supabase-backup/shop/current ]]`,
    )
    await machine.sh('[[ -f /etc/systemd/system/supabase-backup@.service ]]')
  })
})
