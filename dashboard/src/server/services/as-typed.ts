/** A text of the toolkit, which names its commands by their names, with them as they are typed where it lies. */
export function asTyped(text: string): string {
  return text.replace(/(?<![\w./-])(?=(?:backup|restore|install)\.sh\b)/g, './')
}
