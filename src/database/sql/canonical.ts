import { figureName } from './column-name.ts'
import { canonicalLocale } from './icu-locale.ts'

/** Anything of a parse tree: objects with one member of their kind's name, lists, and plain values. */
type Tree = Record<string, unknown>

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** Where something stood in its text says nothing about what it is. */
const positions = ['location', 'stmt_location', 'stmt_len', 'name_location', 'list_start', 'list_end']

/**
 * A parse tree with one form for what a server may print in several. PostgreSQL prints some definitions in another way
 * once its own text has been read back (a literal gets its type's name, a cast of an array becomes casts of its members),
 * and lists that have no order in the order in which it finds them.
 */
export function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (!isTree(value)) return value
  const members = Object.entries(value)
    .filter(([key]) => !positions.includes(key))
    .map(([key, member]): [string, unknown] => [key, canonical(member)])
  const tree: Tree = Object.fromEntries(members)
  return canonicalKind(tree)
}

const forms: Record<string, (node: Tree) => Tree> = {
  TypeCast: castOfMembers,
  BoolExpr: flattened,
  ResTarget: named,
  DefineStmt: (node) => (node['kind'] === 'OBJECT_COLLATION' ? withCanonicalLocales(node) : node),
  CreatePolicyStmt: (node) => sortedMembers(node, ['roles']),
  GrantStmt: (node) => sortedMembers(node, ['grantees', 'privileges']),
  GrantRoleStmt: (node) => sortedMembers(node, ['grantee_roles', 'granted_roles', 'opt']),
  CreateTrigStmt: (node) => sortedMembers(node, ['columns']),
  CreateEventTrigStmt: (node) => sortedMembers(withSortedTags(node), ['whenclause']),
  CreatePublicationStmt: (node) => sortedMembers(node, ['options', 'pubobjects']),
  CreateStatsStmt: (node) => sortedMembers(node, ['stat_types']),
  CreateStmt: (node) => sortedMembers(node, ['options']),
  ViewStmt: (node) => sortedMembers(node, ['options']),
  IndexStmt: (node) => sortedMembers(node, ['options', 'indexIncludingParams']),
  CreateForeignServerStmt: (node) => sortedMembers(node, ['options']),
  CreateForeignTableStmt: (node) => sortedMembers(node, ['options']),
  CreateUserMappingStmt: (node) => sortedMembers(node, ['options']),
}

function canonicalKind(tree: Tree): unknown {
  const [[kind, node] = ['', undefined], ...more] = Object.entries(tree)
  const form = forms[kind]
  if (form === undefined || more.length > 0 || !isTree(node)) return tree
  return form(node)
}

function withCanonicalLocales(node: Tree): Tree {
  const definition = listOf(node['definition']).map((item) => {
    const option = isTree(item) && isTree(item['DefElem']) ? item['DefElem'] : undefined
    const text =
      isTree(option?.['arg']) && isTree(option['arg']['String']) ? option['arg']['String'] : undefined
    if (option?.['defname'] !== 'locale' || typeof text?.['sval'] !== 'string') return item
    return { DefElem: { ...option, arg: { String: { sval: canonicalLocale(text['sval']) } } } }
  })
  return { ...node, definition }
}

function sortedMembers(node: Tree, names: readonly string[]): Tree {
  const sorted = names
    .filter((name) => Array.isArray(node[name]))
    .map((name): [string, unknown] => [name, sorting(listOf(node[name]))])
  return { ...node, ...Object.fromEntries(sorted) }
}

function sorting(list: readonly unknown[]): unknown[] {
  return list
    .map((item) => ({ item, key: JSON.stringify(item) }))
    .sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0))
    .map(({ item }) => item)
}

/** The tags of an event trigger are a set. */
function withSortedTags(node: Tree): Tree {
  const whenclause = listOf(node['whenclause']).map((item) => {
    const filter = isTree(item) && isTree(item['DefElem']) ? item['DefElem'] : undefined
    const list = isTree(filter?.['arg']) && isTree(filter['arg']['List']) ? filter['arg']['List'] : undefined
    if (filter === undefined || list === undefined) return item
    return { DefElem: { ...filter, arg: { List: { items: sorting(listOf(list['items'])) } } } }
  })
  return { ...node, whenclause }
}

/** `ARRAY[a, b]::text[]` is read as `ARRAY[a::text, b::text]`. */
function castOfMembers(cast: Tree): Tree {
  const { arg, typeName } = cast
  const array = isTree(arg) && isTree(arg['A_ArrayExpr']) ? arg['A_ArrayExpr'] : undefined
  const bounds = isTree(typeName) ? listOf(typeName['arrayBounds']) : []
  if (array === undefined || !isTree(typeName) || bounds.length === 0) return { TypeCast: cast }
  const { arrayBounds: _, ...member } = typeName
  const elements = listOf(array['elements']).map((element) => {
    // A list of lists is cast as a whole, down to its own members.
    const isList = isTree(element) && isTree(element['A_ArrayExpr'])
    return castOfMembersOnce({ arg: element, typeName: isList ? typeName : member })
  })
  if (elements.length === 0) return { TypeCast: cast }
  return { A_ArrayExpr: { ...array, elements } }
}

/** A cast to the very type a value is cast to already adds nothing. */
function castOfMembersOnce(cast: Tree): Tree {
  const { arg, typeName } = cast
  const inner = isTree(arg) && isTree(arg['TypeCast']) ? arg['TypeCast'] : undefined
  if (inner !== undefined && JSON.stringify(inner['typeName']) === JSON.stringify(typeName))
    return { TypeCast: inner }
  return castOfMembers(cast)
}

/** `a AND (b AND c)` is `a AND b AND c`. */
function flattened(node: Tree): Tree {
  const { boolop } = node
  if (boolop === 'NOT_EXPR') return { BoolExpr: node }
  const args = listOf(node['args']).flatMap((arg) => {
    const inner = isTree(arg) && isTree(arg['BoolExpr']) ? arg['BoolExpr'] : undefined
    return inner?.['boolop'] === boolop ? listOf(inner?.['args']) : [arg]
  })
  return { BoolExpr: { ...node, args } }
}

/** A column of a result that is called what it would be called anyway. */
function named(target: Tree): Tree {
  if (target['name'] !== undefined || target['val'] === undefined) return { ResTarget: target }
  const { name } = figureName(target['val'])
  return { ResTarget: name === undefined ? target : { ...target, name } }
}
