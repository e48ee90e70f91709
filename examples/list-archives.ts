/**
 * Lists what there is to restore from, and checks the files of the newest generation.
 *
 *     node --import tsx examples/list-archives.ts ENV_FILE
 */
import { list, verify } from 'supabase-backup'

const envFile = process.argv[2]
for (const { name, time, status, verified } of await list({ envFile }))
  console.log(`${name}  ${time.toISOString()}  ${status}${verified ? ', proven' : ''}`)
const { components } = await verify({ envFile, archive: 'Local' })
for (const { component, status, counts } of components)
  console.log(`${component}: ${status}, ${JSON.stringify(counts)}`)
