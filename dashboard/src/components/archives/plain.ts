/** A document of a script, or a part of one, whose fields are the component's own. */
export type Plain = Record<string, unknown>

export function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The documents of components in an answer, by name: null where it has nothing of one. */
export function componentDocuments(answer: Plain): { name: string; document: Plain | null }[] {
  return ['database', 'auth', 'storage', 'functions', 'settings'].flatMap((name) => {
    const value = answer[name]
    return value === undefined ? [] : [{ name, document: isPlain(value) ? value : null }]
  })
}
