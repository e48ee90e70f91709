/** A fenced block of a Markdown page. */
export interface Fence {
  /** What stands after the opening backticks, e.g. `sh`; empty for none. */
  language: string
  text: string
  /** Of the opening backticks, counted from 1. */
  line: number
  /** The HTML comment on the lines before it, without its marks; empty for none. */
  comment: string
}

/** The fenced blocks of a page, in order. */
export function fencesOf(markdown: string): Fence[] {
  const fences: Fence[] = []
  const lines = markdown.split('\n')
  let open: { language: string; line: number; body: string[] } | undefined
  for (const [index, line] of lines.entries()) {
    const mark = /^```(\w*)/.exec(line)
    if (open === undefined && mark) open = { language: mark[1] ?? '', line: index + 1, body: [] }
    else if (open !== undefined && line === '```') {
      const { language, line: start, body } = open
      const text = body.map((row) => `${row}\n`).join('')
      fences.push({ language, text, line: start, comment: commentBefore(lines, start - 1) })
      open = undefined
    } else open?.body.push(line)
  }
  if (open !== undefined) throw new Error(`the block opened in line ${open.line} is never closed`)
  return fences
}

/** The page with its fenced blocks blanked out, line by line. */
export function withoutFences(markdown: string): string {
  let inside = false
  return markdown
    .split('\n')
    .map((line) => {
      const mark = line.startsWith('```')
      const hidden = inside || mark
      if (mark) inside = !inside
      return hidden ? '' : line
    })
    .join('\n')
}

function commentBefore(lines: readonly string[], fence: number): string {
  const before = lines.slice(0, fence).join('\n').trimEnd()
  const start = before.lastIndexOf('<!--')
  return before.endsWith('-->') ? before.slice(start + 4, -3).trim() : ''
}
