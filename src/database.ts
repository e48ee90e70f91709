/** The component `database`; its verbs are in src/components/run.ts. */
import { runComponent } from './components/run.ts'
import { database } from './database/component.ts'

await runComponent(database)
