import { constants } from 'node:fs'
import { copyFile, mkdir, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BackupError, ExitCode } from '../../common/errors.ts'
import { openPlainFile, sha256File } from '../../common/files.ts'
import { type ComponentResult, finding, statusOf } from '../../common/findings.ts'
import type { Log } from '../../common/log.ts'
import { plural } from '../../common/units.ts'
import { bucketFileName } from '../api/keys.ts'
import { storageLayout } from '../catalogue/layout.ts'
import { readBucketsFile, readManifestRows } from '../catalogue/manifests.ts'
import { isArchived, type Scope } from '../catalogue/rows.ts'
import { createSelection, type Selection } from '../catalogue/select.ts'
import { plainFiles } from '../verify/plain-files.ts'

const namesShown = 20

/**
 * Writes objects as plain files, `<directory>/<bucket>/<key>`, with their own modification times; keys that are no file
 * names are escaped as in the generation. Never overwrites a file.
 *
 * @throws BackupError when a file is there already or an archived one is damaged; before anything is written where one is no
 *   plain file, or a symbolic link leads to it: what lies behind that is not in the backup.
 */
export async function restoreStorageToDirectory(options: {
  generation: string
  directory: string
  scope?: Scope | undefined
  log: Log
  signal?: AbortSignal | undefined
}): Promise<ComponentResult> {
  const started = performance.now()
  const { generation, directory } = options
  const selection = createSelection(options.scope ?? {})
  const layout = storageLayout(generation)
  await refuseOddFiles(generation, selection, options.signal)
  const counts = { buckets: 0, objects: 0, bytes: 0, objectsWithoutBytes: 0 }
  for (const { id } of (await readBucketsFile(generation)).buckets) {
    if (!selection.bucket(id)) continue
    counts.buckets += 1
    for await (const row of readManifestRows(generation, id)) {
      options.signal?.throwIfAborted()
      if (!selection.object(id, row.name)) continue
      if (!isArchived(row)) {
        counts.objectsWithoutBytes += 1
        continue
      }
      await copyObject(
        layout.object(id, row.file),
        join(directory, bucketFileName(id), row.file),
        `${id}/${row.name}`,
        row.sha256,
      )
      counts.objects += 1
      counts.bytes += row.bytes
    }
  }
  const findings =
    counts.objectsWithoutBytes === 0
      ? []
      : [
          finding({
            component: 'storage',
            severity: 'note',
            kind: 'objects-without-bytes',
            count: counts.objectsWithoutBytes,
            message: `${plural(counts.objectsWithoutBytes, 'object')} were unreadable or gone when the backup was made.`,
          }),
        ]
  return {
    component: 'storage',
    status: statusOf(findings),
    seconds: (performance.now() - started) / 1000,
    counts,
    findings,
  }
}

async function refuseOddFiles(
  generation: string,
  selection: Selection,
  signal: AbortSignal | undefined,
): Promise<void> {
  const layout = storageLayout(generation)
  const files = plainFiles(join(layout.root, 'objects'))
  const odd: string[] = []
  for (const { id } of (await readBucketsFile(generation)).buckets) {
    if (!selection.bucket(id)) continue
    for await (const row of readManifestRows(generation, id)) {
      signal?.throwIfAborted()
      if (!isArchived(row) || !selection.object(id, row.name)) continue
      const found = await files.find(layout.object(id, row.file))
      if (typeof found === 'string') odd.push(`${id}/${row.name}: ${found}`)
    }
  }
  if (odd.length === 0) return
  throw new BackupError({
    code: 'STORAGE_ARCHIVE_DAMAGED',
    message: `Of ${plural(odd.length, 'object')} the archived bytes are not there as the manifest tells. Nothing was written.`,
    detail: odd.slice(0, namesShown).join('; '),
    suggestion: 'Choose another archive; restore.sh --verify tells which are whole.',
    phase: 'storage/to-dir',
  })
}

async function copyObject(source: string, target: string, name: string, sha256: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true })
  const copy = async () => {
    await (await openPlainFile(source)).close()
    await copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  }
  await copy().catch((cause) => {
    throw new BackupError({
      code: cause.code === 'EEXIST' ? 'TARGET_FILE_EXISTS' : 'STORAGE_COPY_FAILED',
      message: `The object ${name} could not be written to ${target}.`,
      detail: cause.message,
      suggestion:
        cause.code === 'EEXIST' ? 'Choose an empty folder.' : 'See the detail; check room and permissions.',
      phase: 'storage/to-dir',
      exitCode: ExitCode.failed,
      cause,
    })
  })
  const { atime, mtime } = await stat(source)
  await utimes(target, atime, mtime)
  if ((await sha256File(target)) !== sha256)
    throw new BackupError({
      code: 'STORAGE_ARCHIVE_DAMAGED',
      message: `The archived bytes of ${name} are not those of the manifest.`,
      suggestion: 'Choose another archive; restore.sh --verify tells which are whole.',
      phase: 'storage/to-dir',
    })
}
