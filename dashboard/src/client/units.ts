/** As the toolkit prints sizes, durations, numbers of things, and what a partial backup is of. */

export { describePartial } from '../../../src/common/partial-words.ts'
export { formatBytes, formatSeconds, plural } from '../../../src/common/units.ts'
