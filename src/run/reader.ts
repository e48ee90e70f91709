import { constants, fstatSync, openSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Whoever reads a run's events from a file descriptor. It may be slow, and it may go: the run is not kept waiting. */
export interface Reader {
  /** A line, with its end. It is left out where too much waits to be read, or nobody reads any more. */
  send(line: string): void
  /** Gives the reader a moment to take what is left. */
  end(): Promise<void>
}

/** So many bytes may wait to be read. */
const mostWaiting = 1 << 20
const endMs = 2000

/** @param fd as it was inherited; what else has it open is not changed */
export function openReader(fd: number): Reader {
  try {
    const stat = fstatSync(fd)
    if (stat.isSocket()) return socketReader(fd)
    if (stat.isFIFO()) return socketReader(openAgain(fd))
    return fileReader(stat.isFile() ? fd : openAgain(fd))
  } catch {
    return { send: () => {}, end: async () => {} }
  }
}

/** The same file, which alone does not wait: the flag belongs to what was opened, and others may have that open too. */
function openAgain(fd: number): number {
  return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
}

function socketReader(fd: number): Reader {
  const socket = new Socket({ fd, readable: false, writable: true })
  // It has closed its end; that is its own affair.
  socket.on('error', () => {})
  socket.unref()
  return {
    send(line) {
      if (socket.writable && socket.writableLength + line.length <= mostWaiting) socket.write(line)
    },
    async end() {
      const taken = new Promise<void>((resolve) => {
        socket.once('close', resolve)
        socket.write('', () => resolve())
      })
      if (!socket.closed) await Promise.race([taken, sleep(endMs, undefined, { ref: false })])
      // Closed and not shut down: the next project's run tells its events there too.
      socket.destroy()
    },
  }
}

function fileReader(fd: number): Reader {
  return {
    send(line) {
      try {
        writeSync(fd, line)
      } catch {
        // A full disk, or a terminal that is not read.
      }
    },
    end: async () => {},
  }
}
