/** As the toolkit prints sizes, durations and numbers of things. */
export { formatBytes, formatSeconds, plural } from '../../../src/common/units.ts'
