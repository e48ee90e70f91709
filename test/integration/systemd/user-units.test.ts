import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  addUser,
  bootMachine,
  installed,
  type Machine,
  type MachineUser,
  machineImpossible,
} from '../../helpers/machine.ts'
import { type MachineProject, startMachineProject, writeEnvFile } from '../../helpers/machine-project.ts'
import { startHttpReceiver } from '../../helpers/receivers.ts'
import { unless } from '../../helpers/skipped.ts'

const impossible = await machineImpossible()
const config = '~/.config/supabase-backup'
const state = '~/.local/state/supabase-backup/shop'
const units = '~/.config/systemd/user'

describe.skipIf(impossible)(unless(impossible, "units of a user's manager"), () => {
  let project: MachineProject
  let receiver: Awaited<ReturnType<typeof startHttpReceiver>>
  let machine: Machine
  let user: MachineUser

  beforeAll(async () => {
    project = await startMachineProject()
  })
  afterAll(() => project?.stop())

  beforeEach(async () => {
    receiver = await startHttpReceiver()
    machine = await bootMachine()
    user = await addUser(machine, 'keeper')
    await configure({})
    await asUser(`${installed}/install.sh --project shop`)
  })
  afterEach(async () => {
    await machine.stop()
    await receiver.stop()
  })

  const asUser = (script: string) => machine.sh(script, user.as)

  async function configure(variables: Record<string, string>): Promise<void> {
    const file = `${user.home}/.config/supabase-backup/shop.env`
    const all = { BORG_REPO: `${user.home}/shop.borg`, WEBHOOK_URL: receiver.url, ...variables }
    await writeEnvFile({ machine, project, file, owner: user.as.user, variables: all })
  }

  async function until(script: string): Promise<void> {
    for (let attempt = 0; attempt < 600; attempt += 1) {
      const { code } = await machine.run(['bash', '--norc', '-c', script], user.as)
      if (code === 0) return
      await sleep(100)
    }
    throw new Error(`never true: ${script}\n${await machine.sh('journalctl --no-pager | tail -40')}`)
  }

  const property = async (unit: string, name: string) =>
    (await asUser(`systemctl --user show --value --property=${name} ${unit}`)).trim()

  const events = () =>
    receiver.received.map(({ body }) => {
      const { event, kind, report } = JSON.parse(body)
      return { event, kind, code: report?.error?.code }
    })

  /** A backup that waits in a hook until it is ended. */
  async function startWaitingBackup(): Promise<void> {
    await asUser(`mkdir -p ${config}/hooks.d/before-backup
      printf '#!/bin/sh\\ntouch ~/waiting\\nsleep 60\\n' >${config}/hooks.d/before-backup/10-wait
      chmod +x ${config}/hooks.d/before-backup/10-wait
      systemctl --user start --no-block supabase-backup@shop`)
    await until('[[ -e ~/waiting ]]')
  }

  it('are understood by systemd without a remark', async () => {
    const { stderr, code } = await machine.run(
      ['bash', '--norc', '-c', `cd ${units}; systemd-analyze --user --man=no verify ./supabase-backup*@.*`],
      user.as,
    )
    expect(stderr).toBe('')
    expect(code).toBe(0)
  })

  it('make up for a backup that the machine slept through, as soon as the timer is started', async () => {
    await asUser(`mkdir -p ~/.local/share/systemd/timers ${units}/supabase-backup@.timer.d
      touch -d '3 days ago' ~/.local/share/systemd/timers/stamp-supabase-backup@shop.timer
      printf '[Timer]\\nRandomizedDelaySec=0\\n' >${units}/supabase-backup@.timer.d/at-once.conf
      ${installed}/install.sh --project shop --enable`)
    await until(`[[ -e ${state}/status.json ]]`)
    await until(`! systemctl --user is-active --quiet supabase-backup@shop && [[ $(ls ${state}/runs) ]]`)
    expect(await property('supabase-backup@shop', 'Result')).toBe('success')
    const report = JSON.parse(await asUser(`cat ${state}/runs/*-backup-*.json`))
    expect(report).toMatchObject({ outcome: 'success', exitCode: 0 })
    const next = await asUser('systemctl --user list-timers --no-legend "supabase-backup*"')
    for (const timer of ['', '-drill', '-check', '-check-data', '-status'])
      expect(next).toContain(`supabase-backup${timer}@shop.timer`)
  })

  it('alert about a run that was killed', async () => {
    await startWaitingBackup()
    await asUser('systemctl --user kill --signal=KILL supabase-backup@shop')
    await until('systemctl --user is-failed --quiet supabase-backup@shop')
    await until('! systemctl --user is-active --quiet supabase-backup-notify@supabase-backup@shop')
    await expect
      .poll(events, { timeout: 20_000 })
      .toEqual([{ event: 'failed', kind: 'backup', code: 'RUN_DIED' }])
    expect(await property('supabase-backup@shop', 'Result')).toBe('signal')
  })

  it('do not alert a second time about a run that reported its failure itself', async () => {
    await asUser('systemctl --user start supabase-backup@shop')
    await configure({ BORG_PASSPHRASE: 'another passphrase' })
    await expect(asUser('systemctl --user start supabase-backup@shop')).rejects.toThrow()
    await until(
      '[[ $(systemctl --user show --value --property=ExecMainExitTimestamp supabase-backup-notify@supabase-backup@shop) ]]',
    )
    expect(await property('supabase-backup-notify@supabase-backup@shop', 'Result')).toBe('success')
    expect(events()).toEqual([
      { event: 'failed', kind: 'backup', code: expect.stringContaining('PASSPHRASE') },
    ])
  })

  it('alert about a backup that is overdue', async () => {
    await asUser('systemctl --user start supabase-backup-status@shop')
    expect(events()).toContainEqual({ event: 'overdue', kind: 'backup', code: undefined })
  })

  it('leave nothing behind when stopped in the middle of a run, and the next run just works', async () => {
    await startWaitingBackup()
    await asUser('systemctl --user stop supabase-backup@shop')
    expect(await property('supabase-backup@shop', 'ActiveState')).toBe('inactive')
    expect(await property('supabase-backup@shop', 'Result')).toBe('success')
    expect(await asUser(`cat ${state}/logs/*.log`)).toContain('INTERRUPTED in before-backup')
    expect(await asUser('pgrep -a -u keeper sleep || true')).toBe('')
    expect(await asUser(`ls -A ~/.local/share/supabase-backup/shop ${state}/run 2>/dev/null || true`)).toBe(
      '',
    )

    await asUser(`rm ${config}/hooks.d/before-backup/10-wait && systemctl --user start supabase-backup@shop`)
    expect(await property('supabase-backup@shop', 'Result')).toBe('success')
  })

  it('get secrets from credentials instead of the env file', async () => {
    await configure({ BORG_PASSPHRASE: '' })
    const passphrase = project.sandbox.environment()['BORG_PASSPHRASE']
    await asUser(`mkdir -m 700 ${config}/shop.credentials && printf '%s' '${passphrase}' >${config}/shop.credentials/BORG_PASSPHRASE
      ${installed}/install.sh --project shop`)
    await asUser('systemctl --user start supabase-backup@shop')
    expect(await property('supabase-backup@shop', 'Result')).toBe('success')
    const archives = await asUser(`BORG_PASSPHRASE='${passphrase}' borg list --short ~/shop.borg`)
    expect(archives).toMatch(/^shop-\d{4}-/)

    await asUser(`rm -r ${config}/shop.credentials && ${installed}/install.sh --project shop`)
    await expect(asUser('systemctl --user start supabase-backup@shop')).rejects.toThrow()
  })

  it('give up what forbids containers, only where client programs in one are asked for', async () => {
    await asUser(`mkdir -p ${config}/hooks.d/before-backup
      printf '#!/bin/sh\\ngrep NoNewPrivs /proc/self/status >>~/privileges\\nexit 1\\n' >${config}/hooks.d/before-backup/10-look
      chmod +x ${config}/hooks.d/before-backup/10-look`)
    await expect(asUser('systemctl --user start supabase-backup@shop')).rejects.toThrow()
    await configure({ PG_IMAGE: 'docker.io/library/postgres:17' })
    await asUser(`${installed}/install.sh --project shop`)
    await expect(asUser('systemctl --user start supabase-backup@shop')).rejects.toThrow()
    expect(await asUser('cat ~/privileges')).toBe('NoNewPrivs:\t1\nNoNewPrivs:\t0\n')
  })

  it('drill the newest archive', async () => {
    await asUser(
      'systemctl --user start supabase-backup@shop && systemctl --user start supabase-backup-drill@shop',
    )
    const report = JSON.parse(await asUser(`cat ${state}/runs/*-drill-*.json`))
    expect(report).toMatchObject({ outcome: 'success', verification: { ok: true } })
  })
})
