import { QueryClientProvider } from '@tanstack/react-query'
import { createRootRouteWithContext, HeadContent, Outlet, Scripts } from '@tanstack/react-router'
import { setNonce } from 'get-nonce'
import { useEffect } from 'react'
import type { Client } from '~/client/client'
import { NotFoundScreen } from '~/components/not-found-screen'
import styles from '~/styles.css?url'

export const Route = createRootRouteWithContext<Client>()({
  ssr: true,
  head: () => ({
    meta: [
      { charSet: 'utf-8' },
      { name: 'viewport', content: 'width=device-width, initial-scale=1' },
      { name: 'color-scheme', content: 'light dark' },
      { title: 'Backups' },
    ],
    links: [
      { rel: 'stylesheet', href: styles },
      { rel: 'icon', href: '/icon.svg', type: 'image/svg+xml' },
    ],
    scripts: [{ src: '/theme.js' }],
  }),
  shellComponent: Shell,
  component: Root,
  // Outside of every frame.
  notFoundComponent: () => (
    <main>
      <NotFoundScreen />
    </main>
  ),
})

function Shell({ children }: { children: React.ReactNode }) {
  return (
    // The theme is set before React looks.
    <html lang="en" suppressHydrationWarning>
      <head>
        <HeadContent />
      </head>
      <body className="font-sans leading-normal">
        {children}
        <Scripts />
      </body>
    </html>
  )
}

function Root() {
  const { queryClient } = Route.useRouteContext()
  // Styles that a dialog adds while it is open are allowed by the page's nonce.
  useEffect(() => {
    setNonce(document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.content ?? '')
  }, [])
  return (
    <QueryClientProvider client={queryClient}>
      <Outlet />
    </QueryClientProvider>
  )
}
