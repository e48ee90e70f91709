import { BackupError, ExitCode } from '../../common/errors.ts'
import { openPlainFile } from '../../common/files.ts'
import { writeLines } from '../../common/jsonl.ts'
import { type LoadedColumn, writeCopyLine } from './copy-line.ts'
import { type JsonMembers, readMembers } from './json-members.ts'

/**
 * Streams the rows of a file: JSON objects, one a line, as an export writes them; also as a list with a row a line, like
 * auth_users.json.
 * @throws BackupError LOAD_FILE_UNREADABLE naming the line
 */
async function* readRowsFile(path: string): AsyncGenerator<{ members: JsonMembers; line: number }> {
  let line = 0
  try {
    for await (const bytes of linesOf(path)) {
      line += 1
      const row = textOf(bytes, path, line).trim().replace(/,$/, '')
      if (row === '' || row === '[' || row === ']') continue
      yield { members: membersOf(row, path, line), line }
    }
  } catch (error) {
    throw error instanceof BackupError ? error : unreadable(`${path} cannot be read.`, error)
  }
}

/**
 * The lines of a file, which end at U+000A only: `node:readline` would also break at U+2028, which JSON leaves as it is
 * within a text.
 */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  const file = await openPlainFile(path)
  let parts: Buffer[] = []
  try {
    for await (const chunk of file.createReadStream({ autoClose: false })) {
      let from = 0
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
        parts.push(chunk.subarray(from, end))
        yield Buffer.concat(parts)
        parts = []
        from = end + 1
      }
      parts.push(chunk.subarray(from))
    }
    yield Buffer.concat(parts)
  } finally {
    await file.close()
  }
}

/** Text of another encoding would be loaded with other characters in place of its own. */
function textOf(bytes: Buffer, path: string, line: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw unreadable(`Line ${line} of ${path} is not UTF-8.`, error)
  }
}

function membersOf(text: string, path: string, line: number): JsonMembers {
  try {
    return readMembers(text)
  } catch (error) {
    throw unreadable(`Line ${line} of ${path} is not a row.`, error)
  }
}

function unreadable(message: string, cause: unknown): BackupError {
  return new BackupError({
    code: 'LOAD_FILE_UNREADABLE',
    message,
    detail: cause instanceof Error ? cause.message : String(cause),
    suggestion:
      "Give a file in UTF-8 with one JSON object a line, as restore.sh --export writes it; of a JSON list, jq -c '.[]' makes one.",
    phase: 'load/file',
    exitCode: ExitCode.usage,
    cause,
  })
}

/** What a file holds: how many rows, and which columns any of them names. */
export async function surveyRows(path: string): Promise<{ rows: number; names: Set<string> }> {
  const survey = { rows: 0, names: new Set<string>() }
  for await (const { members } of readRowsFile(path)) {
    survey.rows += 1
    for (const name of members.keys()) survey.names.add(name)
  }
  return survey
}

/** Writes a file's rows as COPY reads them. */
export async function writeCopyFile(
  path: string,
  copyPath: string,
  columns: readonly LoadedColumn[],
  signal: AbortSignal,
): Promise<void> {
  const lines = async function* () {
    for await (const { members, line } of readRowsFile(path)) {
      if (line % 10_000 === 0) signal.throwIfAborted()
      yield copyLine(members, columns, `Line ${line} of ${path} does not fit the table.`)
    }
  }
  await writeLines(copyPath, lines())
}

function copyLine(members: JsonMembers, columns: readonly LoadedColumn[], message: string): string {
  try {
    return writeCopyLine(members, columns)
  } catch (error) {
    throw unreadable(message, error)
  }
}
