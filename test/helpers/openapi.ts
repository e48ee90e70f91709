import { readFile } from 'node:fs/promises'
import { Ajv, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import { z } from 'zod'

const descriptionSchema = z.object({
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
})

const operationSchema = z.object({
  requestBody: z.object({ content: z.record(z.string(), z.object({ schema: z.unknown() })) }).optional(),
  responses: z.record(
    z.string(),
    z.object({ content: z.record(z.string(), z.object({ schema: z.unknown() })).optional() }),
  ),
})

const objectSchema = z.record(z.string(), z.unknown())

/**
 * As JSON Schema has it: OpenAPI 3.0 writes `nullable` also beside what names no type, which JSON Schema has no word for, and a
 * minimum that is not reached beside a yes.
 */
function asJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asJsonSchema)
  const fields = objectSchema.safeParse(value).data
  if (fields === undefined) return value
  const inner = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, asJsonSchema(field)]))
  if (inner['exclusiveMinimum'] === true) inner['exclusiveMinimum'] = inner['minimum']
  if (inner['nullable'] !== true || inner['type'] !== undefined) return inner
  const { nullable: _, ...rest } = inner
  return { anyOf: [rest, { type: 'null' }] }
}

/** What the description of the Management API says of an answer. */
export interface ApiDescription {
  /** Why an answer is not as described: nothing where it is. */
  problems(method: string, path: string, status: number, body: unknown): string[]
  /** Why a request's JSON is not as described: nothing where it is. */
  requestProblems(method: string, path: string, body: unknown): string[]
  /** The fields that the description lets into the JSON of a route's request, nested ones with a dot between. */
  fieldsOf(schemaName: string): string[]
}

/** Reads test/fixtures/management-api.openapi.json. */
export async function readApiDescription(): Promise<ApiDescription> {
  const url = new URL('../fixtures/management-api.openapi.json', import.meta.url)
  const description = descriptionSchema.parse(JSON.parse(await readFile(url, 'utf8')))
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true })
  addFormats.default(ajv)
  ajv.addSchema({ $id: 'api', components: asJsonSchema(description.components) })
  const compiled = new Map<unknown, ValidateFunction>()
  const validatorOf = (schema: unknown) => {
    const known = compiled.get(schema)
    if (known) return known
    const text = JSON.stringify(schema).replaceAll('"#/components/', '"api#/components/')
    const made = ajv.compile(objectSchema.parse(asJsonSchema(JSON.parse(text))))
    compiled.set(schema, made)
    return made
  }
  const operationOf = (method: string, path: string) => {
    const [, operations] =
      Object.entries(description.paths).find(([pattern]) =>
        new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
      ) ?? []
    return operationSchema.safeParse(operations?.[method.toLowerCase()]).data
  }
  const problemsOf = (schema: unknown, body: unknown) => {
    const validate = validatorOf(schema)
    if (validate(body)) return []
    return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`)
  }
  return {
    problems(method, path, status, body) {
      const operation = operationOf(method, path)
      if (operation === undefined) return [`${method} ${path} is not described`]
      const response = operation.responses[status]
      if (response === undefined) return [`${method} ${path} never answers ${status}`]
      const schema = response.content?.['application/json']?.schema
      return schema === undefined ? [] : problemsOf(schema, body)
    },
    requestProblems(method, path, body) {
      const schema = operationOf(method, path)?.requestBody?.content['application/json']?.schema
      return schema === undefined ? [`${method} ${path} takes no JSON`] : problemsOf(schema, body)
    },
    fieldsOf: (schemaName) => fieldsIn(description.components.schemas[schemaName]),
  }
}

const propertiesSchema = z.object({ properties: z.record(z.string(), z.unknown()) })

function fieldsIn(schema: unknown): string[] {
  const { properties } = propertiesSchema.parse(schema)
  return Object.entries(properties).flatMap(([name, inner]) =>
    propertiesSchema.safeParse(inner).success ? fieldsIn(inner).map((field) => `${name}.${field}`) : [name],
  )
}
