/** What people call a run of a kind, where that is not the kind's own name. */
const words: Record<string, string> = {
  partial: 'partial backup',
  verify: 'verification',
  delete: 'deletion',
  unpin: 'unpinning',
  'rollback-preview': 'preview of a rollback',
  resume: 'resumption',
  arm: 'arming',
}

/** In the middle of a sentence. */
export function kindWord(kind: string): string {
  return words[kind] ?? kind
}

/** At the beginning of one. */
export function kindTitle(kind: string): string {
  const word = kindWord(kind)
  return word.charAt(0).toUpperCase() + word.slice(1)
}
