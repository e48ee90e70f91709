import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { createTRPCClient, httpBatchLink, httpLink, splitLink, TRPCClientError } from '@trpc/client'
import type { inferRouterOutputs } from '@trpc/server'
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query'
import type { AppRouter } from '~/server/trpc/router'
import { problemOf } from './problem'
import { signedOut } from './signed-out'

export type Outputs = inferRouterOutputs<AppRouter>

/** What the routes work with. */
export type Client = ReturnType<typeof createClient>

/** The calls to the server and what is kept of their answers; one a page load. */
export function createClient() {
  const noticeSignedOut = (error: unknown) => {
    if (problemOf(error).code === 'SIGNED_OUT') signedOut.set(true)
  }
  const queryClient = new QueryClient({
    queryCache: new QueryCache({ onError: noticeSignedOut }),
    mutationCache: new MutationCache({ onError: noticeSignedOut }),
    defaultOptions: {
      queries: {
        // The stream of events says what has changed; this is for when it was cut.
        staleTime: 20_000,
        refetchOnWindowFocus: true,
        retry: (failures, error) =>
          failures < 2 && !(error instanceof TRPCClientError && error.data !== undefined),
      },
    },
  })
  const client = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        // These wait for a script: nothing else is to wait with them.
        condition: ({ path }) => path.startsWith('archives.'),
        true: httpLink({ url: '/api/trpc' }),
        false: httpBatchLink({ url: '/api/trpc', maxURLLength: 4000 }),
      }),
    ],
  })
  return { queryClient, trpc: createTRPCOptionsProxy<AppRouter>({ client, queryClient }) }
}
