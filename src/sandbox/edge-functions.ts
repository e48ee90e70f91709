import { deployedFrom } from '../standin/management-api/functions.ts'
import type { ProjectState } from '../standin/management-api/project-state.ts'

/** Shared by two functions, of which the older one was deployed before it was changed. */
const shared = (version: number) => `/** As the platform's examples have it. */
export const corsHeaders = { 'access-control-allow-origin': '*', 'x-shop-version': '${version}' }
`

const importMap = `{
  "imports": { "@supabase/supabase-js": "jsr:@supabase/supabase-js@2" }
}
`

const order = (limit: number) => `import { createClient } from '@supabase/supabase-js'
import { corsHeaders } from '../_shared/cors.ts'

Deno.serve(async () => {
  const shop = createClient(Deno.env.get('SUPABASE_URL')!, Deno.env.get('SUPABASE_ANON_KEY')!)
  const { data } = await shop.from('orders').select().limit(${limit})
  return Response.json(data, { headers: corsHeaders })
})
`

const receipt = `import { corsHeaders } from '../_shared/cors.ts'

const page = await Deno.readTextFile(new URL('receipt.html', import.meta.url))
Deno.serve(() => new Response(page, { headers: { ...corsHeaders, 'content-type': 'text/html' } }))
`

const webhook = `Deno.serve(async (request) => {
  const key = Deno.env.get('PAYMENT_WEBHOOK_KEY')
  return new Response(null, { status: request.headers.get('x-key') === key ? 204 : 401 })
})
`

/**
 * What the sandbox's application has beside its database: three functions with files that they share, an import map and a
 * static file; secrets; and settings that are not those of a new project.
 */
export function installEdgeFunctions(project: ProjectState): void {
  deploy(project, 'orders', {
    files: {
      'supabase/functions/orders/index.ts': order(10),
      'supabase/functions/orders/deno.json': importMap,
      'supabase/functions/_shared/cors.ts': shared(2),
    },
    import_map_path: 'supabase/functions/orders/deno.json',
  })
  deploy(project, 'receipt', {
    files: {
      'supabase/functions/receipt/index.ts': receipt,
      'supabase/functions/receipt/receipt.html': '<!doctype html><p>Thank you — Grüße</p>\n',
      'supabase/functions/_shared/cors.ts': shared(1),
    },
  })
  deploy(project, 'payment-webhook', {
    files: { 'supabase/functions/payment-webhook/index.ts': webhook },
    verify_jwt: false,
  })
  project.secrets.set('PAYMENT_WEBHOOK_KEY', 'whsec_of_the_sandbox')
  project.secrets.set('MAIL_API_KEY', 'mail_key_of_the_sandbox')
  Object.assign(project.auth, { site_url: 'https://shop.example.com', jwt_exp: 7_200 })
  project.postgrest['max_rows'] = 500
}

/** A day goes by: one of them is deployed anew. @returns its slug */
export function changeEdgeFunctions(project: ProjectState): string {
  const before = project.functions.get('orders')
  const files = Object.fromEntries(
    [...(before?.files ?? [])].map(([path, content]) => [path, content.toString('utf8')]),
  )
  deploy(project, 'orders', {
    files: { ...files, 'supabase/functions/orders/index.ts': order(25) },
    import_map_path: before?.importMap,
  })
  return 'orders'
}

function deploy(
  project: ProjectState,
  slug: string,
  about: { files: Record<string, string>; import_map_path?: string | undefined; verify_jwt?: boolean },
): void {
  const { files, ...metadata } = about
  const contents = new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]))
  const entrypoint = `supabase/functions/${slug}/index.ts`
  project.functions.set(
    slug,
    deployedFrom(project, {
      slug,
      metadata: { ...metadata, name: slug, entrypoint_path: entrypoint },
      files: contents,
    }),
  )
}
