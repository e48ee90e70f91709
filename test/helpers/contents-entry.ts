import type { ContentsEntry } from '../../src/database/rules/contents.ts'

/** An entry of a dump's table of contents, a table of postgres by default as far as it can be. */
export function contentsEntry(fields: Partial<ContentsEntry> & { desc: string }): ContentsEntry {
  return {
    ...{ dumpId: 1, catalog: { tableOid: 0, oid: 0 }, tag: 'x', section: 'pre-data' },
    ...{ defn: '', dropStmt: '', copyStmt: '', namespace: '', tablespace: '', accessMethod: '' },
    ...{ owner: 'postgres', dependencies: [], file: undefined },
    ...fields,
  }
}
