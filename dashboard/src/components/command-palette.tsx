import { useQuery } from '@tanstack/react-query'
import { useNavigate, useRouteContext } from '@tanstack/react-router'
import { Dialog as Primitive } from 'radix-ui'
import { type KeyboardEvent, useEffect, useId, useState } from 'react'
import { menuScreens, projectScreensFor, screens, type User } from './screens'
import { Status, safetyLooks } from './status'
import { cn } from './ui/cn'

const mostShown = 50

interface Place {
  key: string
  name: string
  beside: React.ReactNode
  go: () => void
}

/** Ctrl K: to any project or screen by a few letters of its name. */
export function CommandPalette({
  user,
  isOpen,
  onOpenChange,
}: {
  user: User
  isOpen: boolean
  onOpenChange: (isOpen: boolean) => void
}) {
  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      onOpenChange(true)
    }
    window.addEventListener('keydown', listen)
    return () => window.removeEventListener('keydown', listen)
  }, [onOpenChange])
  return (
    <Primitive.Root open={isOpen} onOpenChange={onOpenChange}>
      <Primitive.Portal>
        <Primitive.Overlay className="fixed inset-0 z-40 bg-black/45" />
        <Primitive.Content
          aria-describedby={undefined}
          className="fixed top-[12dvh] left-1/2 z-50 w-[min(34rem,calc(100vw-1.5rem))] -translate-x-1/2 overflow-hidden rounded-xl border bg-raised shadow-xl"
        >
          <Primitive.Title className="sr-only">Go to</Primitive.Title>
          <Places user={user} close={() => onOpenChange(false)} />
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  )
}

function Places({ user, close }: { user: User; close: () => void }) {
  const id = useId()
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState(0)
  const places = usePlaces(user).filter(({ name }) => hasWords(name, text))
  const shown = places.slice(0, mostShown)
  const go = (place: Place | undefined) => {
    if (place === undefined) return
    close()
    place.go()
  }
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) {
      event.preventDefault()
      setChosen((chosen + step + shown.length) % Math.max(1, shown.length))
    }
    if (event.key === 'Enter') go(shown[chosen])
  }
  return (
    <>
      <input
        role="combobox"
        aria-label="Project or screen"
        aria-expanded
        aria-controls={`${id}-list`}
        aria-activedescendant={shown[chosen] ? `${id}-${chosen}` : undefined}
        className="h-12 w-full border-b bg-transparent px-4 outline-none placeholder:text-muted"
        placeholder="Project or screen …"
        value={text}
        onChange={({ currentTarget }) => {
          setText(currentTarget.value)
          setChosen(0)
        }}
        onKeyDown={press}
      />
      <div id={`${id}-list`} role="listbox" aria-label="Places" className="max-h-80 overflow-y-auto p-1">
        {shown.map(({ key, name, beside, ...place }, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keyboard
          <div
            key={key}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            className={cn(
              'flex cursor-pointer items-center gap-3 rounded-md px-3 py-2',
              index === chosen && 'bg-hover',
            )}
            onMouseMove={() => setChosen(index)}
            onClick={() => go({ key, name, beside, ...place })}
          >
            <span className="min-w-0 flex-1 truncate">{name}</span>
            {beside}
          </div>
        ))}
      </div>
      {shown.length === 0 && <p className="px-4 pb-4 text-muted">Nothing is called so.</p>}
    </>
  )
}

/** Each word of what was typed, in any order: `shop health` is the health of the shop. */
function hasWords(name: string, text: string): boolean {
  const known = name.toLowerCase()
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => known.includes(word))
}

function usePlaces(user: User): Place[] {
  const { trpc } = useRouteContext({ from: '__root__' })
  const navigate = useNavigate()
  const projects = useQuery(trpc.projects.list.queryOptions())
  const own: Place[] = [
    { key: '/', name: 'Overview', beside: null, go: () => void navigate({ to: '/' }) },
    ...[...screens, ...menuScreens(user)].map(({ to, name }) => ({
      ...{ key: to, name, beside: null },
      go: () => void navigate({ to }),
    })),
  ]
  const places = (projects.data ?? []).map(
    ({ id, name, safety }): Place => ({
      key: id,
      name,
      beside: <Status look={safetyLooks[safety]} className="text-[13px]" />,
      go: () => void navigate({ to: '/projects/$projectId', params: { projectId: id } }),
    }),
  )
  // By a word more, so that the projects themselves come first.
  const inside = (projects.data ?? []).flatMap(({ id, name }) =>
    projectScreensFor(user).map(
      ({ to, word }): Place => ({
        ...{ key: `${id} ${to}`, name: `${name}: ${word}`, beside: null },
        go: () => void navigate({ to, params: { projectId: id } }),
      }),
    ),
  )
  return [...places, ...own, ...inside]
}
