/**
 * `npm run sandbox`: starts a Supabase-shaped project and runs until Ctrl-C, for trying the scripts by hand. Everything
 * is in one temporary folder, which goes when it ends. With `empty` as argument nobody lives in the project.
 */
import { once } from 'node:events'
import { describeError } from './scripts.ts'
import { inTemporaryFolder, openWorkspace } from './workspace.ts'

await inTemporaryFolder(async (folder, signal) => {
  console.log(`Starting a Supabase-shaped project in ${folder} …`)
  const application = process.argv[2] === 'empty' ? false : 'demo'
  const { sandbox, envFile, places } = await openWorkspace(folder, { application, management: true, signal })
  try {
    const variables = Object.entries(sandbox.environment()).map(([name, value]) => `  ${name}='${value}'`)
    const exports = Object.entries(places).map(([name, value]) => `  export ${name}='${value}'`)
    console.log(
      [
        `\nThe project is running. Its env file is ${envFile}:\n`,
        ...variables,
        '\nIn another terminal, keep what the scripts write in the same folder:\n',
        ...exports,
        '\nand then, for example:\n',
        `  ./backup.sh --env-file ${envFile}`,
        `  ./restore.sh --env-file ${envFile} --test -y`,
        `  psql '${sandbox.databaseUrl}'`,
        '\nCtrl-C ends it and removes the folder.',
      ].join('\n'),
    )
    if (!signal.aborted) await once(signal, 'abort')
  } finally {
    await sandbox.stop()
  }
}).catch((error: unknown) => {
  console.error(describeError(error))
  process.exitCode = 1
})
