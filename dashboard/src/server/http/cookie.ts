import type { Place } from './security.ts'

const longestSeconds = 30 * 86_400

/** The cookie of the session. Cookies know no ports, so its name has that of the dashboard in it. */
export function sessionCookie(place: Place) {
  const isHttps = place.publicUrl?.startsWith('https:') ?? false
  const name = isHttps ? `__Host-dashboard-${place.port}` : `dashboard-${place.port}`
  const attributes = `Path=/; HttpOnly; SameSite=Strict${isHttps ? '; Secure' : ''}`
  return {
    name,
    read(request: Request): string | undefined {
      const pairs = (request.headers.get('cookie') ?? '').split(/;\s*/)
      return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) || undefined
    },
    set: (secret: string) => `${name}=${secret}; ${attributes}; Max-Age=${longestSeconds}`,
    clear: () => `${name}=; ${attributes}; Max-Age=0`,
  }
}
