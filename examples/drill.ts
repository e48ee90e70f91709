/**
 * Proves that the newest archive can be restored, within an hour.
 *
 *     node --import tsx examples/drill.ts ENV_FILE
 */
import { drill } from 'supabase-backup'

const { result } = drill({ envFile: process.argv[2], signal: AbortSignal.timeout(3_600_000) })
const { archive, seconds, verification } = await result
console.log(
  `${archive} was restored and compared in ${Math.round(seconds)} seconds: ${verification?.ok ? 'equal' : 'different'}.`,
)
for (const [what, count] of Object.entries(verification?.counts ?? {})) console.log(`  ${what}: ${count}`)
