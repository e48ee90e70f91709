/** The component `auth`; its verbs are in src/components/run.ts. */
import { auth } from './auth/component.ts'
import { runComponent } from './components/run.ts'

await runComponent(auth)
