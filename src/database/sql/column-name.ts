/**
 * The name PostgreSQL gives a column of a result that was given none, and how good a name it is: 2 a real one, 1 that of
 * a type or of CASE, 0 none (`?column?`). As `FigureColname` in its parse_target.c does it.
 */
export interface FigureName {
  name: string | undefined
  strength: 0 | 1 | 2
}

type Tree = Record<string, unknown>

const none: FigureName = { name: undefined, strength: 0 }

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The last of a qualified name's parts. */
function lastString(list: unknown): string | undefined {
  const names = (Array.isArray(list) ? list : []).flatMap((item) =>
    isTree(item) && isTree(item['String']) ? [String(item['String']['sval'])] : [],
  )
  return names.at(-1)
}

function sure(name: string | undefined): FigureName {
  return name === undefined ? none : { name, strength: 2 }
}

function or(figured: FigureName, name: string | undefined): FigureName {
  return figured.strength > 1 || name === undefined ? figured : { name, strength: 1 }
}

const fixedNames: Record<string, string> = {
  GroupingFunc: 'grouping',
  MergeSupportFunc: 'merge_action',
  A_ArrayExpr: 'array',
  RowExpr: 'row',
  CoalesceExpr: 'coalesce',
  XmlSerialize: 'xmlserialize',
  JsonParseExpr: 'json',
  JsonScalarExpr: 'json_scalar',
  JsonSerializeExpr: 'json_serialize',
  JsonObjectConstructor: 'json_object',
  JsonArrayConstructor: 'json_array',
  JsonArrayQueryConstructor: 'json_array',
  JsonObjectAgg: 'json_objectagg',
  JsonArrayAgg: 'json_arrayagg',
}

const figures: Record<string, (node: Tree) => FigureName> = {
  ColumnRef: (node) => sure(lastString(node['fields'])),
  A_Indirection: (node) => {
    const field = lastString(node['indirection'])
    return field === undefined ? figureName(node['arg']) : sure(field)
  },
  FuncCall: (node) => sure(lastString(node['funcname'])),
  A_Expr: (node) => (node['kind'] === 'AEXPR_NULLIF' ? sure('nullif') : none),
  TypeCast: (node) => {
    const type = isTree(node['typeName']) ? lastString(node['typeName']['names']) : undefined
    return or(figureName(node['arg']), type)
  },
  CollateClause: (node) => figureName(node['arg']),
  CaseExpr: (node) => or(figureName(node['defresult']), 'case'),
  MinMaxExpr: (node) => sure(node['op'] === 'IS_LEAST' ? 'least' : 'greatest'),
  SubLink: ofSubquery,
}

function ofSubquery({ subLinkType, subselect }: Tree): FigureName {
  if (subLinkType === 'EXISTS_SUBLINK') return sure('exists')
  if (subLinkType === 'ARRAY_SUBLINK') return sure('array')
  const select = isTree(subselect) ? subselect['SelectStmt'] : undefined
  const targets = isTree(select) && Array.isArray(select['targetList']) ? select['targetList'] : []
  const target: unknown = isTree(targets[0]) ? targets[0]['ResTarget'] : undefined
  if (subLinkType !== 'EXPR_SUBLINK' || !isTree(target)) return none
  if (typeof target['name'] === 'string') return sure(target['name'])
  return figureName(target['val'])
}

/** The name of an expression in a list of results; the expression as a parse tree. */
export function figureName(expression: unknown): FigureName {
  if (!isTree(expression)) return none
  const [[kind, node] = ['', undefined]] = Object.entries(expression)
  const fixed = fixedNames[kind]
  if (fixed !== undefined) return sure(fixed)
  return isTree(node) ? (figures[kind]?.(node) ?? none) : none
}
