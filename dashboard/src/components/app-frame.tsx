import { useMutation } from '@tanstack/react-query'
import { Link, useRouteContext, useRouter } from '@tanstack/react-router'
import { LogOut, Monitor, Moon, Search, Sun, UserRound } from 'lucide-react'
import { useState } from 'react'
import { setTheme, themeOf, themeSchema } from '~/client/theme'
import { CommandPalette } from './command-palette'
import { Logo } from './logo'
import { menuScreens, screens, type User } from './screens'
import { Button } from './ui/button'
import {
  Menu,
  MenuChoice,
  MenuContent,
  MenuGroup,
  MenuItem,
  MenuLabel,
  MenuLine,
  MenuTrigger,
} from './ui/menu'
import { SkeletonPage } from './ui/skeleton'

/** What is around every screen. */
export function AppFrame({ user, children }: { user: User; children: React.ReactNode }) {
  const [isPaletteOpen, setPaletteOpen] = useState(false)
  return (
    <>
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-raised focus:p-2"
      >
        Skip to the content
      </a>
      <header className="sticky top-0 z-30 border-b bg-surface">
        <div className="mx-auto flex h-12 max-w-6xl items-center gap-2 px-4">
          <Link
            to="/"
            className="-ml-1 flex items-center gap-2 rounded-md p-1 font-semibold"
            activeOptions={{ exact: true }}
          >
            <Logo className="size-6" />
            Backups
          </Link>
          <nav aria-label="Screens" className="ml-2 flex gap-1 max-sm:hidden">
            {screens.map(({ to, name }) => (
              <Button key={to} asChild variant="ghost">
                <Link to={to} activeProps={{ 'aria-current': 'page', className: 'bg-hover' }}>
                  {name}
                </Link>
              </Button>
            ))}
          </nav>
          <div className="ml-auto flex items-center gap-1">
            <Button
              variant="secondary"
              className="max-sm:w-8 max-sm:px-0 sm:min-w-40 sm:justify-start"
              onClick={() => setPaletteOpen(true)}
              aria-keyshortcuts="Control+K"
            >
              <Search />
              <span className="max-sm:sr-only">Go to …</span>
              <kbd aria-hidden className="ml-auto font-sans text-muted text-xs max-sm:hidden">
                Ctrl K
              </kbd>
            </Button>
            <ThemeMenu />
            <AccountMenu user={user} />
          </div>
        </div>
      </header>
      <main id="main" className="mx-auto w-full max-w-6xl px-4 py-6" tabIndex={-1}>
        {children}
      </main>
      <CommandPalette user={user} isOpen={isPaletteOpen} onOpenChange={setPaletteOpen} />
    </>
  )
}

/** The same before it is known whose it is. */
export function FrameToCome() {
  return (
    <>
      <div className="border-b bg-surface">
        <div className="mx-auto flex h-12 max-w-6xl items-center gap-2 px-4 font-semibold">
          <Logo className="size-6" />
          Backups
        </div>
      </div>
      <main className="mx-auto w-full max-w-6xl px-4 py-6">
        <SkeletonPage label="The page is being loaded" />
      </main>
    </>
  )
}

const themes = [
  { value: 'system', word: 'As the system', icon: Monitor },
  { value: 'light', word: 'Light', icon: Sun },
  { value: 'dark', word: 'Dark', icon: Moon },
] as const

function ThemeMenu() {
  const [theme, choose] = useState(themeOf)
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button variant="ghost" size="icon" aria-label="Theme">
          <Sun />
        </Button>
      </MenuTrigger>
      <MenuContent>
        <MenuGroup
          value={theme}
          onValueChange={(value) => {
            const next = themeSchema.parse(value)
            setTheme(next)
            choose(next)
          }}
        >
          {themes.map(({ value, word, icon: Icon }) => (
            <MenuChoice key={value} value={value}>
              <Icon aria-hidden />
              {word}
            </MenuChoice>
          ))}
        </MenuGroup>
      </MenuContent>
    </Menu>
  )
}

function AccountMenu({ user }: { user: User }) {
  const { trpc, queryClient } = useRouteContext({ from: '__root__' })
  const router = useRouter()
  const signOut = useMutation(
    trpc.session.signOut.mutationOptions({
      async onSuccess() {
        // First, or the sign-in would believe that one is still there and lead back.
        queryClient.setQueryData(trpc.session.state.queryKey(), { isSetUp: true, user: null })
        await router.navigate({ to: '/sign-in' })
        queryClient.clear()
      },
    }),
  )
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button variant="ghost" size="icon" aria-label="Your account">
          <UserRound />
        </Button>
      </MenuTrigger>
      <MenuContent>
        <MenuLabel>
          <span className="block font-medium text-ink">{user.name}</span>
          {user.email} · {user.role}
        </MenuLabel>
        <MenuLine />
        {screens.map(({ to, name, icon: Icon }) => (
          <MenuItem key={to} asChild className="sm:hidden">
            <Link to={to}>
              <Icon aria-hidden />
              {name}
            </Link>
          </MenuItem>
        ))}
        {menuScreens(user).map(({ to, name, icon: Icon }) => (
          <MenuItem key={to} asChild>
            <Link to={to}>
              <Icon aria-hidden />
              {name}
            </Link>
          </MenuItem>
        ))}
        <MenuLine />
        <MenuItem onSelect={() => signOut.mutate()}>
          <LogOut aria-hidden />
          Sign out
        </MenuItem>
      </MenuContent>
    </Menu>
  )
}
