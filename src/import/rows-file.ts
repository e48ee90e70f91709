import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { BackupError, ExitCode } from '../common/errors.ts'
import { writeLines } from '../common/jsonl.ts'
import { type LoadedColumn, writeCopyLine } from './copy-line.ts'
import { type JsonMembers, readMembers } from './json-members.ts'

/**
 * Streams the rows of a file: JSON objects, one a line, as an export writes them; also as a list with a row a line, like
 * auth_users.json.
 * @throws BackupError LOAD_FILE_UNREADABLE naming the line
 */
async function* readRowsFile(path: string): AsyncGenerator<{ members: JsonMembers; line: number }> {
  let line = 0
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })
  try {
    for await (const text of lines) {
      line += 1
      const row = text.trim().replace(/,$/, '')
      if (row === '' || row === '[' || row === ']') continue
      yield { members: membersOf(row, path, line), line }
    }
  } catch (error) {
    throw error instanceof BackupError ? error : unreadable(`${path} cannot be read.`, error)
  } finally {
    lines.close()
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
    suggestion: 'Give a file with one JSON object a line, as restore.sh --export writes it.',
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
