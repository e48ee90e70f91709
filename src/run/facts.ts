import { readFileSync, readlinkSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { BegunFacts } from './records.ts'

/** The version of run.json; raised when a field changes its meaning or goes, not when one is added. */
const runFileVersion = 1

/** run/run.json in the project's state directory: the run under way, or one that was killed. */
export const runFileSchema = z.object({
  schema: z.literal(runFileVersion),
  id: z.string(),
  kind: z.string().describe('backup, restore, drill or check'),
  project: z.string(),
  started: z.string().describe('ISO 8601, UTC'),
  pid: z.number().int().describe('Process of the script'),
  processStart: z
    .string()
    .describe('When the kernel started it, in clock ticks since boot: field 22 of /proc/PID/stat'),
  machine: z.string().describe('Boot and namespace in which the process number means something'),
  phase: z.string().nullable().describe('The step that began last, of those that have not ended'),
})
export type RunFile = z.infer<typeof runFileSchema>

/** The run's file as it stands in a phase. */
export function runFile(facts: BegunFacts, phase: string | null): RunFile {
  const { kind, id, project, started, pid, processStart } = facts
  return {
    schema: runFileVersion,
    ...{ id, kind, project, started, pid, processStart },
    machine: thisMachine(),
    phase,
  }
}

/** What run.json in a run's directory says; undefined where there is none, or none that can be understood. */
export function readRunFile(directory: string): RunFile | undefined {
  try {
    return runFileSchema.parse(JSON.parse(readFileSync(join(directory, 'run.json'), 'utf8')))
  } catch {
    return undefined
  }
}

/**
 * Whether a run's process lives: by its number and its start, as numbers are used again. Undefined where that cannot be told
 * from here, on another machine, after a restart of this one, or in another container.
 */
export function isAlive({ pid, processStart, machine }: RunFile): boolean | undefined {
  if (machine === '' || machine !== thisMachine()) return undefined
  const process = readProcess(pid)
  return process !== undefined && process.start === processStart && !process.hasEnded
}

/** The boot of the machine and the namespace of process numbers; empty where /proc does not say. */
function thisMachine(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot}/${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return ''
  }
}

/** Fields of /proc/PID/stat (proc(5)); what stands before them is the program's name, which may hold anything. */
function readProcess(pid: number): { start: string; hasEnded: boolean } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // One that nobody has waited for yet is a zombie (Z).
    return { start: fields[19] ?? '', hasEnded: ['Z', 'X'].includes(fields[0] ?? '') }
  } catch {
    return undefined
  }
}

/** Writes it, whole or not at all. Where nothing can be written, nothing is: the journal says the same. */
export function writeRunFile(directory: string, file: RunFile): void {
  const path = join(directory, 'run.json')
  try {
    writeFileSync(`${path}.tmp`, `${JSON.stringify(file)}\n`, { mode: 0o600 })
    renameSync(`${path}.tmp`, path)
  } catch {
    // The state's disk is full, or may not be written to.
  }
}
