import { z } from 'zod'
import { finding } from '../common/findings.ts'
import type { ComponentProgress, ComponentRestore, RestoreContext } from '../components/component.ts'
import { withoutWay } from '../components/without-way.ts'
import { createManagementClient } from '../management-api/client.ts'
import { managementOf } from '../management-api/of-project.ts'
import { requireAwake } from '../management-api/project.ts'
import { readSettings } from './files.ts'
import { parts } from './parts.ts'
import { chooser } from './plan.ts'
import { previewSettings } from './preview.ts'
import { cutOff, restoreSettings, type SettingsRestore } from './restore.ts'
import { routesOf } from './routes.ts'
import { stackPart } from './stack.ts'
import { openStackRestore } from './stack-restore.ts'
import { verifySettings } from './verify.ts'

const component = 'settings'

const flagsSchema = z.object({ setting: z.array(z.string()).default([]) })

/** What the restore notes of itself: settings that it could not bring, and has said so. */
const stateSchema = z.object({ excused: z.array(z.string()).default([]) })

/**
 * Opens the restore of the settings: by difference, so a rollback is a restore, and one that broke off is simply repeated.
 * @throws BackupError SETTING_UNKNOWN, SETTINGS_DAMAGED, and where there is no way to the target
 */
export async function openSettingsRestore(context: RestoreContext): Promise<ComponentRestore> {
  const { target, wanted, generation, disposable, log, signal } = context
  const saved = await readSettings(generation)
  const isChosen = chooser(saved, flagsSchema.parse(context.flags).setting)
  const ofStack = saved.parts.find(({ name }) => name === stackPart.name)
  if (ofStack) return openStackRestore(context, ofStack, isChosen)
  if (target.management === undefined && wanted.length > 1)
    return withoutWay(
      component,
      `The settings of the backup were not restored to ${target.reference}: without its project reference and an access token there is no way to them. Set both for the target, then run restore.sh --only settings. A self-hosted one has them in its .env: see settings/ of the backup, and set them there by hand.`,
    )
  const { endpoint, ref } = managementOf(target, component)
  const onRetry = (error: Error) => log.warn(`${error.message}; trying again`)
  const client = createManagementClient({ endpoint, signal, onRetry })
  const routes = routesOf(client, ref)
  const restore: SettingsRestore = {
    ...{ saved, routes, isChosen, disposable, log },
    isOriginal: saved.ref === ref,
  }
  const bring = async (progress: ComponentProgress) => {
    await requireAwake(client, ref)
    const { result, excused } = await restoreSettings(restore)
    await progress.note({ excused })
    return result
  }
  return {
    async preview() {
      await requireAwake(client, ref)
      return previewSettings(restore)
    },
    restore: bring,
    undo: bring,
    verify: ({ state }) =>
      verifySettings(
        restore,
        stateSchema.parse(state).excused,
        parts.filter((part) => !part.cutsOff),
      ),
    finish: () => finishSettings(restore),
    close: () => client.close(),
  }
}

/** What may cut off the way to the target, and whether it is as the backup has it then. */
async function finishSettings(restore: SettingsRestore) {
  const { findings, excused } = await cutOff(restore)
  const { differences } = await verifySettings(
    restore,
    excused,
    parts.filter((part) => part.cutsOff),
  )
  if (differences.length === 0) return findings
  const different = finding({
    ...{ component, severity: 'degraded', kind: 'settings-differ' },
    message: 'The API was told these settings, and has others.',
    names: differences.map(({ name, actual }) => `${name}: ${actual ?? 'not set'}`),
  })
  return [...findings, different]
}
