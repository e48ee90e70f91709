import { join } from 'node:path'
import { type Change, compareDescribed, type Described } from '../../diff/changes.ts'
import { type ContentsEntry, readContents } from '../rules/contents.ts'

/** Entries that hold contents, or say how the dump itself is to be read. */
const noDefinitions = [
  ...['TABLE DATA', 'MATERIALIZED VIEW DATA', 'SEQUENCE SET', 'BLOB', 'BLOB METADATA', 'BLOBS'],
  ...['ENCODING', 'STDSTRINGS', 'SEARCHPATH'],
]

/** Compares the definitions of two dumps, by their tables of contents. */
export async function compareDefinitions(before: string, after: string): Promise<Change[]> {
  return compareDescribed(await definitionsOf(before), await definitionsOf(after))
}

async function definitionsOf(generation: string): Promise<Described[]> {
  const { entries } = await readContents(join(generation, 'database', 'dump'))
  return entries.filter(({ desc }) => !noDefinitions.includes(desc)).map(describe)
}

/** Entries whose tag says itself what they are about, e.g. `TABLE "orders"`. */
const satellites = ['ACL', 'DEFAULT ACL', 'COMMENT', 'SECURITY LABEL']

function describe({ desc, namespace, tag, defn, owner }: ContentsEntry): Described {
  const schema = namespace === '' ? [] : [namespace]
  const name = satellites.includes(desc) ? [tag, ...schema].join(' in ') : [...schema, tag].join('.')
  return [desc, name, `${defn.trim()}${owner === '' ? '' : `\n-- owner: ${owner}`}`]
}
