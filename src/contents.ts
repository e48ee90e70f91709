/**
 * The worker of `restore.sh --contents`: says what is in a backup, by what it recorded.
 *
 *     contents.ts --from DIR --from-source NAME [--json]
 *     contents.ts --from DIR --from-source NAME --bucket NAME [--prefix FOLDER/] [--json]
 *     contents.ts --from DIR --from-source NAME --table SCHEMA.NAME --rows FILE [--json]
 *     contents.ts rows-file --from DIR --table SCHEMA.NAME
 *
 * A directory needs only what a backup recorded, which `diff.ts files contents` prints, and for --table the first bytes of the table's
 * data, in FILE. `rows-file` prints, as NUL-separated NAME=value, FILE, where that data is in the generation, and BYTES, how much of it to take.
 */
import { parseArgs } from 'node:util'
import { ExitCode } from './common/errors.ts'
import { failToScript } from './common/failure.ts'
import { readManifest } from './common/manifest.ts'
import { runWorker, type WorkerOutcome } from './common/worker.ts'
import { contentsLines, describeContents } from './contents/contents.ts'
import { type FirstRows, firstRows, firstRowsBytes, firstRowsLines, rowsFile } from './database/contents.ts'
import { folderLines, listFolder } from './storage/contents.ts'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    from: { type: 'string', default: '' },
    'from-source': { type: 'string', default: '' },
    bucket: { type: 'string' },
    prefix: { type: 'string', default: '' },
    table: { type: 'string' },
    rows: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
})

async function contents(): Promise<WorkerOutcome> {
  const { from, 'from-source': source, bucket, prefix, table, rows } = flags
  if (table !== undefined) {
    const found = await firstRows(from, table, rows)
    return outcome({ source, ...found }, () => firstRowsLines(found))
  }
  if (bucket !== undefined) {
    const folder = await listFolder(from, { bucket, prefix })
    return outcome({ source, ...folder }, () => folderLines(folder))
  }
  const found = await describeContents({ generation: from, source, manifest: await readManifest(from) })
  return outcome(found.document, () => contentsLines(found))
}

function outcome(
  document: Record<string, unknown> | (FirstRows & { source: string }),
  lines: () => string[],
): WorkerOutcome {
  return { document: { ...document }, text: flags.json ? undefined : lines(), exitCode: ExitCode.success }
}

if (positionals[0] === 'rows-file')
  try {
    const file = await rowsFile(flags.from, flags.table ?? '')
    process.stdout.write(`FILE=${file}\0BYTES=${firstRowsBytes}\0`)
  } catch (thrown) {
    failToScript('contents', thrown)
  }
else await runWorker('contents', contents)
