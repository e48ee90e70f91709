import type { FileHandle } from 'node:fs/promises'

const pieceBytes = 1 << 20

/** Writes to a file what comes in small chunks. */
export interface PieceWriter {
  /** Takes the bytes. Returns a promise when there is something to wait for before more are added. */
  add(chunk: Uint8Array): Promise<void> | undefined
  /** Writes what is left. */
  end(): Promise<void>
}

/**
 * Gathers chunks in one buffer and writes it when it is full. A write for each chunk the network happens to deliver would
 * cost more than the copy, and keep the chunk until it is expensive garbage.
 */
export function createPieceWriter(file: FileHandle): PieceWriter {
  const piece = Buffer.allocUnsafe(pieceBytes)
  let used = 0
  let writing = Promise.resolve()
  const write = async (...parts: Uint8Array[]) => {
    for (const part of parts) await file.writeFile(part)
  }
  return {
    add(chunk) {
      if (used + chunk.length <= piece.length) {
        piece.set(chunk, used)
        used += chunk.length
        return undefined
      }
      writing = write(piece.subarray(0, used), chunk)
      used = 0
      return writing
    },
    async end() {
      await writing
      await write(piece.subarray(0, used))
    },
  }
}
