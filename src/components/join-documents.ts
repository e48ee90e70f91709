type Document = Record<string, unknown>

/**
 * What several components say in one document, beside what the command says itself.
 * @throws TypeError where two say something under the same name: the one would take the other's place
 */
export function joinDocuments(own: Document, parts: Iterable<Document>): Document {
  const joined = { ...own }
  for (const part of parts) {
    const taken = Object.keys(part).find((key) => Object.hasOwn(joined, key))
    if (taken !== undefined) throw new TypeError(`two components say something under the name ${taken}`)
    Object.assign(joined, part)
  }
  return joined
}
