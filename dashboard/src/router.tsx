import { createRouter } from '@tanstack/react-router'
import { createIsomorphicFn } from '@tanstack/react-start'
import { getRequestHeader } from '@tanstack/react-start/server'
import { createClient } from '~/client/client'
import { FailedScreen } from '~/components/failed-screen'
import { NotFoundScreen } from '~/components/not-found-screen'
import { nonceHeader } from '~/shared/nonce-header'
// biome-ignore lint/suspicious/noImportCycles: the generated tree names this file's type, as TanStack Router makes it.
import { routeTree } from './routeTree.gen'

/** What the page's own scripts are allowed by; the browser reads it from the page. */
const pageNonce = createIsomorphicFn()
  .server(() => getRequestHeader(nonceHeader))
  .client(() => undefined)

/** One router a page load; TanStack Start calls it at the server and in the browser. */
export function getRouter() {
  const nonce = pageNonce()
  return createRouter({
    routeTree,
    context: createClient(),
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    defaultErrorComponent: FailedScreen,
    defaultNotFoundComponent: NotFoundScreen,
    defaultPendingMs: 400,
    // What is there is shown at once, also where something stood in its place.
    defaultPendingMinMs: 0,
    ...(nonce === undefined ? {} : { ssr: { nonce } }),
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof getRouter>
  }
}
