import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bootMachine, installed, type Machine, machineImpossible } from '../../helpers/machine.ts'
import { type MachineProject, startMachineProject, writeEnvFile } from '../../helpers/machine-project.ts'
import { unless } from '../../helpers/skipped.ts'

const impossible = await machineImpossible()
/** What `systemd-analyze security` may find at most, in tenths: the network, and a place for JIT code, are needed. */
const exposure = 20

describe.skipIf(impossible)(unless(impossible, 'units of the system'), () => {
  let project: MachineProject
  let machine: Machine

  beforeAll(async () => {
    project = await startMachineProject()
    machine = await bootMachine()
    // The account is made by the first installation; the env file has to belong to it.
    await machine.sh(`${installed}/install.sh --system --project shop`)
    await writeEnvFile({
      machine,
      project,
      file: '/etc/supabase-backup/shop.env',
      owner: 'supabase-backup',
      variables: { BORG_REPO: '/srv/backups/shop.borg' },
    })
    await machine.sh(`mkdir -p /srv/backups && ${installed}/install.sh --system --project shop --enable`)
  })
  afterAll(async () => {
    await machine?.stop()
    await project?.stop()
  })

  it('are understood by systemd without a remark, manual pages included', async () => {
    const { code, stderr } = await machine.run([
      ...['bash', '--norc', '-c'],
      'cd /etc/systemd/system; systemd-analyze verify ./supabase-backup*@.* supabase-backup@shop.service',
    ])
    expect(stderr).toBe('')
    expect(code).toBe(0)
  })

  it('are exposed to little', async ({ skip, task }) => {
    const version = Number(/\d+/.exec(await machine.sh('systemctl --version'))?.[0])
    if (version < 250) {
      Object.assign(task.meta, { skipped: `systemd ${version} cannot judge units that are not loaded` })
      skip()
    }
    const script = `cd /etc/systemd/system
      for unit in supabase-backup*@.service; do
        systemd-analyze security --offline=true --threshold=${exposure} "$unit" >/dev/null || echo "$unit"
      done`
    expect(await machine.sh(script)).toBe('')
    // The same look finds a unit that is not restricted.
    const bare = `printf '[Service]\\nExecStart=/bin/true\\n' >/tmp/bare.service
      systemd-analyze security --offline=true --threshold=${exposure} /tmp/bare.service`
    await expect(machine.sh(bare)).rejects.toThrow('exit code 1')
  })

  it('back up and drill as an account without rights, into the places that the env file names and no others', async () => {
    await machine.sh('systemctl start supabase-backup@shop')
    await machine.sh('systemctl start supabase-backup-drill@shop')
    const reports = await machine.sh('cat /var/lib/supabase-backup/shop/runs/*.json')
    expect(reports.match(/"outcome": "success"/g)).toHaveLength(2)
    expect(await machine.sh('stat -c %U /srv/backups/shop.borg /var/lib/supabase-backup/shop/current')).toBe(
      'supabase-backup\nsupabase-backup\n',
    )
    expect(await machine.sh('ls /var/log/supabase-backup/shop')).toMatch(/-backup\.log\n.*-drill\.log\n/)

    await machine.sh("sed -i 's|^BORG_REPO=.*|BORG_REPO=/srv/elsewhere.borg|' /etc/supabase-backup/shop.env")
    await machine.sh('install -d -o supabase-backup /srv/elsewhere.borg')
    await expect(machine.sh('systemctl start supabase-backup@shop')).rejects.toThrow()
    await machine.sh(
      `${installed}/install.sh --system --project shop && systemctl start supabase-backup@shop`,
    )
  })

  it('check the repository, its data as well', async () => {
    await machine.sh(
      'systemctl start supabase-backup-check@shop && systemctl start supabase-backup-check-data@shop',
    )
    const reports = await machine.sh('cat /var/lib/supabase-backup/shop/runs/*-check-*.json')
    expect(reports.match(/"outcome": "success"/g)).toHaveLength(2)
  })

  it('give up what forbids containers, only where client programs in one are asked for', async () => {
    const look =
      'grep -hE "NoNewPrivs|CapBnd" /proc/self/status >>/var/lib/supabase-backup/privileges; exit 1'
    await machine.sh(`mkdir -p /etc/supabase-backup/hooks.d/before-backup
      printf '%s\\n' '#!/bin/sh' '${look}' >/etc/supabase-backup/hooks.d/before-backup/10-look
      chmod -R a+rx /etc/supabase-backup/hooks.d
      ! systemctl start supabase-backup@shop
      echo PG_IMAGE=docker.io/library/postgres:17 >>/etc/supabase-backup/shop.env
      ${installed}/install.sh --system --project shop
      ! systemctl start supabase-backup@shop`)
    expect(await machine.sh('cat /var/lib/supabase-backup/privileges')).toMatch(
      /^CapBnd:\t0+\nNoNewPrivs:\t1\nCapBnd:\t0*[1-9a-f][0-9a-f]+\nNoNewPrivs:\t0\n$/,
    )
    await machine.sh('rm -r /etc/supabase-backup/hooks.d')
  })

  it('have their logs rotated: compressed after a day, gone after three months', async () => {
    await machine.sh(`cd /var/log/supabase-backup/shop && rm -f ./*
      for age in 0 2; do runuser -u supabase-backup -- touch -d "$age days ago" "$age.log" && echo line >>"$age.log"; touch -d "$age days ago" "$age.log"; done
      runuser -u supabase-backup -- touch -d '100 days ago' 100.log.1.gz
      { echo 'logrotate state -- version 2'; for log in "$PWD"/*.log; do echo "\\"$log\\" $(date -d '2 days ago' +%Y-%-m-%-d-%-H:%-M:%-S)"; done; } >/tmp/state
      logrotate --state /tmp/state /etc/logrotate.d/supabase-backup`)
    expect(await machine.sh('ls /var/log/supabase-backup/shop')).toBe('0.log\n2.log.1.gz\n')
  })

  it('go with --uninstall, which leaves configuration and archives, and those go with --purge', async () => {
    await machine.sh(`${installed}/install.sh --system --uninstall`)
    const left = 'find /etc /usr/local -name "*supabase-backup*" | sort'
    expect(await machine.sh(left)).toBe('/etc/supabase-backup\n')
    expect(await machine.sh('ls /etc/supabase-backup')).toContain('shop.env')
    await machine.sh('[[ -f /srv/elsewhere.borg/config && -d /var/lib/supabase-backup/shop/current ]]')

    await expect(
      machine.sh(`${installed}/install.sh --system --uninstall --purge </dev/null`),
    ).rejects.toThrow('PURGE_NOT_CONFIRMED')
    await machine.sh('[[ -f /srv/elsewhere.borg/config ]]')
    await machine.sh(`${installed}/install.sh --system --uninstall --purge --yes`)
    expect(
      await machine.sh('ls -A /etc/supabase-backup /var/lib/supabase-backup/shop /srv 2>/dev/null || true'),
    ).toBe('/etc/supabase-backup:\n\n/srv:\nbackups\n')
  })
})
