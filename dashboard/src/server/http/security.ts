/** What the dashboard listens on, and how it is reached. */
export interface Place {
  host: string
  port: number
  /** Where people reach it, behind a proxy; undefined where that is `http://host:port`. */
  publicUrl: string | undefined
}

/** Origins that are the dashboard's own. */
export function ownOrigins({ host, port, publicUrl }: Place): string[] {
  const names = isLoopback(host)
    ? ['127.0.0.1', 'localhost', '[::1]']
    : [host.includes(':') ? `[${host}]` : host]
  const local = names.map((name) => new URL(`http://${name}:${port}`).origin)
  return publicUrl === undefined ? local : [...local, new URL(publicUrl).origin]
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host)
}

/**
 * Whether a request is meant for us: by the name it was sent to, as another site's name may be made to lead here (DNS rebinding).
 * Where everything is listened on, any address of this machine is ours.
 */
export function isForUs(request: Request, place: Place): boolean {
  const host = request.headers.get('host') ?? ''
  if (ownOrigins(place).some((origin) => new URL(origin).host === host.toLowerCase())) return true
  return (
    ['0.0.0.0', '::'].includes(place.host) &&
    /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]+\])(?::\d+)?$/i.test(host)
  )
}

/**
 * Whether a request that carries a cookie may have been made by another site: browsers say where one comes from, in `Origin` and
 * `Sec-Fetch-Site`. One that says neither is no browser's, and gets nothing done by a cookie.
 */
export function isForeign(request: Request, place: Place): boolean {
  const site = request.headers.get('sec-fetch-site')
  if (site !== null && site !== 'same-origin') return true
  const origin = request.headers.get('origin')
  if (origin !== null) {
    const host = request.headers.get('host') ?? ''
    const isOwn =
      ownOrigins(place).includes(origin) || (isForUs(request, place) && origin === `http://${host}`)
    if (!isOwn) return true
  }
  const changes = request.method !== 'GET' && request.method !== 'HEAD'
  return changes && origin === null && site === null
}

/** Of every answer. */
export function securityHeaders(nonce: string | undefined, isHttps: boolean): Record<string, string> {
  const script = nonce === undefined ? "'self'" : `'self' 'nonce-${nonce}'`
  const policy = [
    "default-src 'none'",
    `script-src ${script}`,
    `style-src ${script}`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
    ...(isHttps && { 'strict-transport-security': 'max-age=31536000' }),
  }
}
