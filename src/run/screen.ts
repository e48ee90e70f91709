import { progressBlock } from '../common/progress-text.ts'
import { openTerminalBlock, type TerminalBlock } from '../common/terminal-block.ts'
import type { Shown } from './translate.ts'

export interface Screen {
  /** Draws what is under way in place of what was drawn before. */
  draw(shown: Iterable<Shown>): void
  clear(): void
}

/**
 * Progress at the end of a terminal, of everything that is under way at once: the only place that draws it, as two processes
 * would draw over each other. Undefined where the file descriptor is no terminal.
 */
export function openScreen(fd: number): Screen | undefined {
  const block = openTerminalBlock(fd)
  if (block === undefined) return undefined
  let isDrawn = false
  const clear = () => {
    if (isDrawn) block.clear()
    isDrawn = false
  }
  return {
    draw(shown) {
      const displays = [...shown]
      if (displays.length === 0) return clear()
      isDrawn = true
      drawAll(block, displays)
    },
    clear,
  }
}

function drawAll(block: TerminalBlock, displays: readonly Shown[]): void {
  block.draw(({ columns, rows }) => {
    // Each its share of a small screen, so that every one shows at least its own line.
    const share = Math.max(2, Math.floor(rows / displays.length))
    return displays
      .flatMap((display) =>
        display.type === 'borg'
          ? [visible(display.progress.text).slice(0, columns - 1)]
          : progressBlock(display, { columns, rows: share }),
      )
      .slice(0, Math.max(1, rows - 1))
  })
}

/** Names in what Borg says may hold what steers a terminal. */
function visible(text: string): string {
  return text.replace(/[^\P{C}]|[\p{Zl}\p{Zp}]/gu, '?')
}
