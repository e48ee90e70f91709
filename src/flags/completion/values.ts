import type { Argument, Flag } from '../table.ts'

/** Where a shell finds what may follow a flag: fixed words, and what it looks up. */
export interface Values {
  words: readonly string[]
  lookup: 'file' | 'directory' | 'project' | 'archive' | undefined
  /** Several, with commas between. */
  list: boolean
}

/** Undefined of a switch. */
export function valuesOf({ argument }: Flag): Values | undefined {
  if (argument === undefined) return undefined
  return { words: argument.values ?? [], lookup: lookupOf(argument), list: argument.list === true }
}

function lookupOf({ kind }: Argument): Values['lookup'] {
  switch (kind) {
    case 'target':
      return 'project'
    case 'components':
    case 'free':
      return undefined
    default:
      return kind
  }
}

/** The first part of a text, short enough for a menu: up to a colon, a semicolon or a full stop. */
export function brief(text: string): string {
  return text.split(/[;:]\s|\.\s(?=[A-Z])/)[0] ?? text
}
