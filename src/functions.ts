/** The component `functions`; its verbs are in src/components/run.ts. */
import { runComponent } from './components/run.ts'
import { functions } from './functions/component.ts'

await runComponent(functions)
