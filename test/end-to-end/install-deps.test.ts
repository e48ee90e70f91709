import { access, chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { copyCheckout } from '../helpers/checkout.ts'
import { type CommandResult, runCommand } from '../helpers/command.ts'

/** The tools of a minimal Debian that install.sh uses; everything else is missing on the machine of these tests. */
const essential = [
  'bash',
  'cat',
  'cut',
  'dirname',
  'env',
  'find',
  'flock',
  'grep',
  'readlink',
  'rm',
  'sed',
  'setpriv',
  'sha256sum',
  'sleep',
  'sort',
  'true',
  'uname',
  'xargs',
]

let folder: string
let bin: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supabase-backup-deps-'))
  bin = join(folder, 'bin')
  await mkdir(bin)
  for (const tool of essential) await symlink(await locate(tool), join(bin, tool))
  await symlink(process.execPath, join(bin, 'node'))
  await addProgram('npm', 'exit 1')
  await addProgram('id', 'echo 1000')
  await copyCheckout(folder, ['install.sh', 'src', 'package.json', 'package-lock.json'])
})

afterEach(() => rm(folder, { recursive: true, force: true }))

async function locate(tool: string): Promise<string> {
  for (const directory of ['/usr/bin', '/bin', '/usr/sbin', '/sbin']) {
    const path = join(directory, tool)
    const found = await access(path).then(
      () => true,
      () => false,
    )
    if (found) return path
  }
  throw new Error(`no ${tool} on this machine`)
}

async function addProgram(name: string, script: string): Promise<void> {
  await writeFile(join(bin, name), `#!${join(bin, 'bash')}\n${script}\n`)
  await chmod(join(bin, name), 0o755)
}

/** A stand-in for apt: its installation puts the packages' programs on PATH, and it keeps a record of what was asked. */
async function addApt(clientCandidate = '17+278'): Promise<void> {
  await addProgram(
    'apt-cache',
    `[[ $2 == postgresql-client ]] && candidate='${clientCandidate}' || candidate=1.0
     printf '%s:\\n  Installed: (none)\\n  Candidate: %s\\n' "$2" "$candidate"`,
  )
  await addProgram(
    'apt-get',
    `printf '%s\\n' "$DEBIAN_FRONTEND apt-get $*" >>"${folder}/asked"
     for package; do
       case $package in
       borgbackup) programs=(borg) ;; postgresql-client) programs=(pg_dump) ;; openssh-client) programs=(ssh) ;;
       man-db) programs=(man) ;; systemd) programs=(systemd-analyze) ;; *) programs=("$package") ;;
       esac
       [[ $1 == install && $package =~ ^[a-z][a-z-]+$ ]] || continue
       for program in "\${programs[@]}"; do
         printf '#!${bin}/bash\\necho "$0 (PostgreSQL) 17.2"\\n' >"${bin}/$program"
         "${process.execPath}" -e 'fs.chmodSync(process.argv[1], 0o755)' "${bin}/$program"
       done
     done`,
  )
}

function installDeps(): Promise<CommandResult> {
  return runCommand(join(folder, 'install.sh'), ['--deps'], { env: { PATH: bin, HOME: folder } })
}

const asked = () => readFile(join(folder, 'asked'), 'utf8').catch(() => '')

describe('install.sh --deps', () => {
  it('lists the missing packages with the command to type and exits 78 when it is neither root nor allowed sudo', async () => {
    await addApt()
    const { code, stderr } = await installDeps()
    expect(code).toBe(78)
    expect(stderr).toMatch(
      / {2}sudo apt-get update && sudo apt-get install --no-install-recommends borgbackup .*shfmt systemd tmux\n/,
    )
    expect(await asked()).toBe('')
  })

  it('has more to ask for than the demo and the sandbox, which need no tools of the tests', async () => {
    await addApt()
    const demo = join(folder, 'src/sandbox/sandbox.sh')
    const { code, stderr } = await runCommand(demo, ['demo.ts'], { env: { PATH: bin, HOME: folder } })
    expect(code).toBe(78)
    expect(stderr).toContain(' borgbackup ')
    for (const tool of ['tmux', 'shellcheck', 'podman']) {
      expect(stderr).not.toContain(tool)
      expect((await installDeps()).stderr).toContain(tool)
    }
  })

  it('does not ask for a password when sudo would', async () => {
    await addApt()
    await addProgram('sudo', '[[ $1 == -n ]] || { echo asked; read -r; }; exit 1')
    const { code, stdout } = await installDeps()
    expect(code).toBe(78)
    expect(stdout).toBe('')
  })

  it('names the PostgreSQL archive where the distribution has only an older client', async () => {
    await addApt('14+238')
    const { code, stderr } = await installDeps()
    expect(code).toBe(78)
    expect(stderr).toContain('sudo apt-get install postgresql-common')
    expect(stderr).toContain('apt.postgresql.org.sh -y && sudo apt-get install')
    expect(stderr).toContain(' postgresql-client-17 ')
  })

  it('asks for a newer client where the installed one is too old for any Supabase server', async () => {
    await addApt()
    await addProgram('pg_dump', 'echo "pg_dump (PostgreSQL) 14.11 (Ubuntu 14.11-1)"')
    const { stderr } = await installDeps()
    expect(stderr).toContain(' postgresql-client ')
  })

  it('installs them through sudo without a question, and then has nothing more to do', async () => {
    await addApt()
    await addProgram('sudo', '[[ $1 == -n ]] && shift; exec "$@"')
    const first = await installDeps()
    expect(first.code, first.stderr).toBe(0)
    expect(await asked()).toMatch(
      /^noninteractive apt-get install .*-y.*--no-install-recommends .*borgbackup/,
    )

    await rm(join(folder, 'asked'))
    const second = await installDeps()
    expect(second).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(await asked()).toBe('')
  })

  it('says what is missing on a distribution without apt', async () => {
    const { code, stderr } = await installDeps()
    expect(code).toBe(78)
    expect(stderr).toContain('borgbackup')
    expect(stderr).toContain('no apt-get')
  })

  it('reinstalls when node_modules is not what the lock file names', async () => {
    await addApt()
    await addProgram('sudo', '[[ $1 == -n ]] && shift; exec "$@"')
    await installDeps()
    const path = join(folder, 'package-lock.json')
    const lock = await readFile(path, 'utf8')
    await writeFile(path, lock.replace(/("node_modules\/zod": \{\s+"version": )"[^"]+"/, '$1"0.0.1"'))
    await addProgram('npm', `printf '%s\\n' "npm $*" >>"${folder}/asked"; exit 9`)
    const { code } = await installDeps()
    expect(code).toBe(9)
    expect(await asked()).toContain('npm ci')
  })
})
