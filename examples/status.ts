/**
 * Says of every configured project whether it is safe.
 *
 *     node --import tsx examples/status.ts
 */
import { projects, status } from 'supabase-backup'

for (const { name, envFile } of await projects()) {
  const { healthy, problems, running } = await status({ envFile })
  console.log(`${name}: ${healthy ? 'safe' : 'NOT SAFE'}${running ? `, a ${running.kind} is under way` : ''}`)
  for (const { message } of problems) console.log(`  ${message}`)
}
