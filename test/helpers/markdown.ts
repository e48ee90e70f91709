/** A fenced block of a Markdown page. */
export interface Fence {
  /** What stands after the opening backticks, e.g. `sh`; empty for none. */
  language: string
  /** Its lines, without the indentation of a block in a list. */
  text: string
  /** Of the opening backticks, counted from 1. */
  line: number
  /** The HTML comment on the lines before it, without its marks; empty for none. */
  comment: string
}

const mark = /^( *)```(\w*)/

/** The fenced blocks of a page, in order. */
export function fencesOf(markdown: string): Fence[] {
  const fences: Fence[] = []
  const lines = markdown.split('\n')
  let open: { indent: string; language: string; line: number; body: string[] } | undefined
  for (const [index, line] of lines.entries()) {
    const [found, indent = '', language = ''] = mark.exec(line) ?? []
    if (open === undefined) {
      if (found !== undefined) open = { indent, language, line: index + 1, body: [] }
    } else if (found === undefined) {
      open.body.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line)
    } else {
      const text = open.body.map((row) => `${row}\n`).join('')
      fences.push({
        language: open.language,
        text,
        line: open.line,
        comment: commentBefore(lines, open.line - 1),
      })
      open = undefined
    }
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
      const isMark = mark.test(line)
      const hidden = inside || isMark
      if (isMark) inside = !inside
      return hidden ? '' : line
    })
    .join('\n')
}

function commentBefore(lines: readonly string[], fence: number): string {
  const before = lines.slice(0, fence).join('\n').trimEnd()
  const start = before.lastIndexOf('<!--')
  return before.endsWith('-->') ? before.slice(start + 4, -3).trim() : ''
}
