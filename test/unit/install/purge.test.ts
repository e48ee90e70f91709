import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { checkout } from '../../helpers/checkout.ts'
import { runCommand } from '../../helpers/command.ts'

it('a lock is that of the file that is asked about, and not of one with its number on another disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'purge-'))
  const [one, other] = [join(folder, 'one'), join(folder, 'other')]
  for (const disk of [one, other]) await mkdir(disk)
  const onDisk = [join(checkout, 'test/helpers/programs/with-disk.sh')]
  const script = `
    set -Eeuo pipefail
    root=${checkout}
    source "$root/src/shell/install/purge.sh"
    # The first file of a disk has the same number on each.
    : >${one}/lock; : >${other}/lock
    [[ $(stat -c %i ${one}/lock) == "$(stat -c %i ${other}/lock)" ]]
    coproc holder { exec ${checkout}/test/helpers/programs/hold-fcntl-lock.py ${one}/lock; }
    read -r _ <&"\${holder[0]}"
    for disk in one other; do
      if purge_is_locked ${folder}/$disk/lock; then echo "$disk locked"; else echo "$disk free"; fi
    done`
  const [program = '', ...args] = [...onDisk, one, '1m', ...onDisk, other, '1m', 'bash', '-c', script]
  const { stdout, stderr } = await runCommand(program, args, { env: { PATH: process.env['PATH'] } })
  await rm(folder, { recursive: true })
  expect(stdout, stderr).toBe('one locked\nother free\n')
})
