import { openPlainFile } from '../toolkit.ts'

const shownBytes = 64 * 1024

/** The last lines of a file, whole ones, at most 64 KiB; null where there is none. */
export async function readEnd(path: string): Promise<{ text: string; isCut: boolean } | null> {
  const file = await openPlainFile(path).catch(() => undefined)
  if (file === undefined) return null
  try {
    const { size } = await file.stat()
    const from = Math.max(0, size - shownBytes)
    const buffer = Buffer.alloc(size - from)
    const { bytesRead } = await file.read(buffer, 0, buffer.length, from)
    const text = buffer.toString('utf8', 0, bytesRead)
    return { text: from === 0 ? text : text.slice(text.indexOf('\n') + 1), isCut: from > 0 }
  } finally {
    await file.close()
  }
}
