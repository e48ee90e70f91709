import { readFile } from 'node:fs/promises'
import { Ajv, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import { z } from 'zod'

const descriptionSchema = z.object({
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
})

const operationSchema = z.object({
  responses: z.record(
    z.string(),
    z.object({ content: z.record(z.string(), z.object({ schema: z.unknown() })).optional() }),
  ),
})

const objectSchema = z.record(z.string(), z.unknown())

/** OpenAPI 3.0 writes `nullable` also beside what names no type, which JSON Schema has no word for. */
function withNull(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNull)
  const fields = objectSchema.safeParse(value).data
  if (fields === undefined) return value
  const inner = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, withNull(field)]))
  if (inner['nullable'] !== true || inner['type'] !== undefined) return inner
  const { nullable: _, ...rest } = inner
  return { anyOf: [rest, { type: 'null' }] }
}

/** What the description of the Management API says of an answer. */
export interface ApiDescription {
  /** Why an answer is not as described: nothing where it is. */
  problems(method: string, path: string, status: number, body: unknown): string[]
}

/** Reads test/fixtures/management-api.openapi.json. */
export async function readApiDescription(): Promise<ApiDescription> {
  const url = new URL('../fixtures/management-api.openapi.json', import.meta.url)
  const description = descriptionSchema.parse(JSON.parse(await readFile(url, 'utf8')))
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true })
  addFormats.default(ajv)
  ajv.addSchema({ $id: 'api', components: withNull(description.components) })
  const compiled = new Map<unknown, ValidateFunction>()
  const validatorOf = (schema: unknown) => {
    const known = compiled.get(schema)
    if (known) return known
    const text = JSON.stringify(schema).replaceAll('"#/components/', '"api#/components/')
    const made = ajv.compile(objectSchema.parse(withNull(JSON.parse(text))))
    compiled.set(schema, made)
    return made
  }
  return {
    problems(method, path, status, body) {
      const [, operations] =
        Object.entries(description.paths).find(([pattern]) =>
          new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
        ) ?? []
      const operation = operationSchema.safeParse(operations?.[method.toLowerCase()]).data
      if (operation === undefined) return [`${method} ${path} is not described`]
      const response = operation.responses[status]
      if (response === undefined) return [`${method} ${path} never answers ${status}`]
      const schema = response.content?.['application/json']?.schema
      if (schema === undefined) return []
      const validate = validatorOf(schema)
      return validate(body)
        ? []
        : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`)
    },
  }
}
