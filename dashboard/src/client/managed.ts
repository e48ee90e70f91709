/** Which schemas are the platform’s, as the toolkit has it. */
export { isManagedSchema } from '../../../src/database/rules/platform.ts'
