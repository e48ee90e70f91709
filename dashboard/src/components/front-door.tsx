import { Logo } from './logo'

/** The screens before one has signed in: one card in the middle. */
export function FrontDoor({
  title,
  text,
  children,
}: {
  title: string
  text: React.ReactNode
  children: React.ReactNode
}) {
  return (
    <main className="grid min-h-dvh content-center justify-items-center px-4 py-10">
      <div className="grid w-full max-w-sm gap-6">
        <div className="stack gap-4">
          <Logo className="size-10" />
          <div className="grid gap-1">
            <h1 className="font-semibold text-xl tracking-tight">{title}</h1>
            <p className="text-muted">{text}</p>
          </div>
        </div>
        {children}
      </div>
    </main>
  )
}
