import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import type { Machine } from './machine.ts'

/** A small project on this machine's loopback interface, which every machine of a test reaches too. */
export interface MachineProject {
  sandbox: Sandbox
  stop(): Promise<void>
}

export async function startMachineProject(): Promise<MachineProject> {
  const directory = await mkdtemp(join(tmpdir(), 'supabase-backup-project-'))
  const sandbox = await startSandbox({ directory, application: 'small' })
  return {
    sandbox,
    async stop() {
      await sandbox.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Writes the project's env file in a machine, with more variables, for an account that will own it. */
export async function writeEnvFile(options: {
  machine: Machine
  project: MachineProject
  file: string
  owner: string
  variables: Record<string, string>
}): Promise<void> {
  const { machine, project, file, owner, variables } = options
  const { SUPABASE_URL, SUPABASE_STORAGE_URL, SUPABASE_DB_URL, SUPABASE_SERVICE_ROLE_KEY, BORG_PASSPHRASE } =
    project.sandbox.environment()
  const all = {
    SUPABASE_URL,
    SUPABASE_STORAGE_URL,
    SUPABASE_DB_URL,
    SUPABASE_SERVICE_ROLE_KEY,
    BORG_PASSPHRASE,
    ...variables,
  }
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}\n`],
  )
  const shared = join(machine.shared, 'env')
  await writeFile(shared, lines.join(''), { mode: 0o600 })
  const directory = file.slice(0, file.lastIndexOf('/'))
  await machine.sh(
    `[[ -d ${directory} ]] || runuser -u ${owner} -- mkdir -p ${directory}; install -o ${owner} -m 600 ${shared} ${file}; rm ${shared}`,
  )
}
