/** The component `settings`; its verbs are in src/components/run.ts. */
import { runComponent } from './components/run.ts'
import { settings } from './settings/component.ts'

await runComponent(settings)
