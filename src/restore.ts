/**
 * The worker of restore.sh: verifies a generation, restores it, drills the restore, or arms what was restored.
 *
 *     restore.ts verify  --generation DIR [--components LIST]
 *     restore.ts preview --generation DIR [--components LIST] [--json] ...
 *     restore.ts confirm --generation DIR [--components LIST] [--confirm REFERENCE] [--yes] ...
 *     restore.ts restore --generation DIR [--components LIST] --source NAME --confirm REFERENCE ...
 *     restore.ts resume  --generation DIR [--confirm REFERENCE] [--yes] ...
 *     restore.ts drill   --generation DIR [--components LIST] ...
 *     restore.ts arm     --generation DIR [--confirm REFERENCE] [--yes]
 *     restore.ts to-dir  --generation DIR --directory DIR [--json] ...
 *     restore.ts export  --generation DIR --directory DIR [--source NAME] [--format LIST] [--json] ...
 *
 * Without --components it is about all that the generation holds. The settings come from the environment, as config.ts put them there; the target of a restore as TARGET_SUPABASE_*. On
 * stdout: one JSON document with the status, each component's result, the target, and what the verification found; of
 * preview, to-dir and export without --json, lines for people.
 */

import { parseArgs } from 'node:util'
import { readManifest } from './common/manifest.ts'
import { runWorker, type WorkerOutcome } from './common/worker.ts'
import type { ComponentFlags } from './components/component.ts'
import { componentNames, flagsOf } from './components/list.ts'
import { withoutContained } from './components/select.ts'
import { loadConfig } from './config/load.ts'
import { componentsOf, heldComponents } from './generation/held.ts'
import { arm } from './restore/arm.ts'
import { ownFlags, type RestoreCommand } from './restore/command.ts'
import { drill } from './restore/drill.ts'
import { exportCommand } from './restore/export.ts'
import { preview } from './restore/preview.ts'
import { confirm, restore } from './restore/restore.ts'
import { resume } from './restore/resume.ts'
import { toDirectory } from './restore/to-directory.ts'
import { verify } from './restore/verify.ts'

const componentFlags = flagsOf('restore')
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { ...componentFlags, ...ownFlags },
})

const verbs: Record<string, (command: RestoreCommand) => Promise<WorkerOutcome>> = {
  verify,
  preview,
  confirm,
  restore,
  resume,
  drill,
  arm,
  'to-dir': toDirectory,
  export: exportCommand,
}

/** Those that are named, without what another of them brings; everything that the generation holds without any. */
async function chosenComponents(generation: string, named: string | undefined): Promise<string[]> {
  if (named === undefined) return heldComponents(generation, await readManifest(generation))
  const chosen = componentNames.filter((component) => named.split(',').includes(component))
  const manifest = await readManifest(generation).catch(() => undefined)
  const held = manifest === undefined ? chosen : componentsOf(manifest)
  const brought = withoutContained(chosen)
  return chosen.filter((name) => held.includes(name) || brought.includes(name))
}

/** Those of the components. */
function givenOf(all: ComponentFlags): ComponentFlags {
  return Object.fromEntries(Object.entries(all).filter(([name]) => name in componentFlags))
}

await runWorker('restore', async (context) => {
  const verb = verbs[positionals[0] ?? '']
  if (verb === undefined || flags.generation === undefined)
    throw new TypeError(`restore.ts needs --generation and one of: ${Object.keys(verbs).join(', ')}`)
  const outcome = await verb({
    ...context,
    config: loadConfig(process.env),
    generation: flags.generation,
    components: await chosenComponents(flags.generation, flags.components),
    everything: flags.components === undefined,
    flags: givenOf(flags),
    source: flags.source,
    directory: flags.directory,
    formats: flags.format,
    confirm: flags.confirm,
    yes: flags.yes,
    overSource: flags['over-source'],
    arm: flags.arm,
    rollback: flags.rollback,
    safetyBackup: flags['safety-backup'],
    checkCommand: flags['check-cmd'],
  })
  return flags.json ? { ...outcome, text: undefined } : outcome
})
