/** The component `storage`; its verbs are in src/components/run.ts. */
import { runComponent } from './components/run.ts'
import { storage } from './storage/component.ts'

await runComponent(storage)
