/** A call of the REST interface as the reference shows it. */
export interface ApiOperation {
  id: string
  tag: string
  method: string
  path: string
  summary: string
  role: 'everybody' | 'viewer' | 'operator' | 'admin'
  fields: { name: string; place: string; isNeeded: boolean; type: string; description: string }[]
  /** The status of success, and the name of what comes with it. */
  answer: { status: number; holds: string | null }
}

/** Who may call it: a role does what those below it do. */
export function roleInWords(role: string): string {
  if (role === 'everybody') return 'Takes no token'
  return role === 'admin' ? 'Takes the role admin' : `Takes the role ${role}, or one above it`
}
