import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { serve } from 'srvx'
import { staticMiddleware } from 'srvx/static'
import type { App } from '../app.ts'
import { createHandler, mostBodyBytes, type Pages } from './handler.ts'
import { type Place, securityHeaders } from './security.ts'

const yearSeconds = 31_536_000

/** Files of the build beside those with hashes. */
const plainFiles = ['/icon.svg', '/theme.js']

/** Whose word on a client's address is taken: nobody's, the machine's own proxy's, or those of a list. */
export type TrustedProxies = false | 'loopback' | string[]

/** Serves the dashboard. @returns its port, and how to end it */
export async function startServer(options: {
  app: App
  place: Place
  pages: Pages
  /** `dist/client` of the build. */
  clientDirectory: string
  trustProxy: TrustedProxies
}) {
  const { app, clientDirectory, pages, trustProxy } = options
  // With port 0 the system chooses one, and the place is known only then.
  const place = { ...options.place }
  const handle = createHandler({ app, place, pages })
  // What has its hash in its name never changes.
  const hashed = staticMiddleware({ dir: clientDirectory, maxAge: yearSeconds, immutable: true })
  const files = staticMiddleware({ dir: clientDirectory })
  const isHttps = place.publicUrl?.startsWith('https:') ?? false
  const server = serve({
    hostname: place.host,
    port: place.port,
    silent: true,
    gracefulShutdown: false,
    maxRequestBodySize: mostBodyBytes,
    trustProxy,
    async fetch(request) {
      const { pathname } = new URL(request.url)
      const isHashed = pathname.startsWith('/assets/')
      if (!isHashed && !plainFiles.includes(pathname)) return handle(request)
      const file = await (isHashed ? hashed : files)(
        request,
        () => new Response('There is nothing here.\n', { status: 404 }),
      )
      const headers = new Headers(file.headers)
      for (const [name, value] of Object.entries(securityHeaders(undefined, isHttps)))
        headers.set(name, value)
      return new Response(file.body, { status: file.status, headers })
    },
  })
  await server.ready()
  place.port = Number(new URL(server.url ?? '').port)
  return { place, stop: () => server.close(true) }
}

/** The pages as they were built. @param build the directory that the build was made in */
export async function loadPages(build: string): Promise<{ pages: Pages; clientDirectory: string }> {
  const { default: pages }: { default: Pages } = await import(
    pathToFileURL(join(build, 'server/server.js')).href
  )
  return { pages, clientDirectory: join(build, 'client') }
}
