/** Where nothing is yet: what it would be, and the next step. */
export function Empty({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <div className="grid justify-items-center gap-2 px-4 py-10 text-center">
      <p className="font-medium">{title}</p>
      <div className="grid max-w-prose justify-items-center gap-3 text-muted">{children}</div>
    </div>
  )
}
