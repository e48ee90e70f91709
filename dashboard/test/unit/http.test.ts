import { describe, expect, test } from 'vitest'
import {
  isForeign,
  isForUs,
  ownOrigins,
  type Place,
  securityHeaders,
} from '../../src/server/http/security.ts'

const place: Place = { host: '127.0.0.1', port: 4317, publicUrl: undefined }

function request(headers: Record<string, string>, method = 'POST'): Request {
  return new Request('http://127.0.0.1:4317/api/trpc/x', {
    method,
    headers: { host: '127.0.0.1:4317', ...headers },
  })
}

describe('a request', () => {
  test.each([
    ['one of our page', { origin: 'http://127.0.0.1:4317', 'sec-fetch-site': 'same-origin' }, false],
    [
      'one of our page by the other name',
      { origin: 'http://localhost:4317', 'sec-fetch-site': 'same-origin' },
      false,
    ],
    ['one of an older browser', { origin: 'http://127.0.0.1:4317' }, false],
    ['one of another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, true],
    ['one of another port', { origin: 'http://127.0.0.1:8080', 'sec-fetch-site': 'same-site' }, true],
    ['one of a page without an origin', { origin: 'null' }, true],
    ['one that was typed as an address', { 'sec-fetch-site': 'none' }, true],
    ['one that says nothing', {}, true],
  ])('that changes something, %s, is foreign or not', (_what, headers, foreign) => {
    expect(isForeign(request(headers), place)).toBe(foreign)
  })

  test('that only looks may say nothing of where it comes from, and may not come from elsewhere', () => {
    expect(isForeign(request({}, 'GET'), place)).toBe(false)
    expect(isForeign(request({ 'sec-fetch-site': 'cross-site' }, 'GET'), place)).toBe(true)
  })

  test('is for us by our own names alone', () => {
    const named = (host: string, at = place) => isForUs(new Request('http://x/', { headers: { host } }), at)
    expect(named('127.0.0.1:4317')).toBe(true)
    expect(named('localhost:4317')).toBe(true)
    expect(named('[::1]:4317')).toBe(true)
    expect(named('evil.example:4317')).toBe(false)
    expect(named('127.0.0.1:80')).toBe(false)
    const everywhere = { host: '0.0.0.0', port: 4317, publicUrl: 'https://backup.example.com' }
    expect(named('192.0.2.4:4317', everywhere)).toBe(true)
    expect(named('backup.example.com', everywhere)).toBe(true)
    expect(named('evil.example', everywhere)).toBe(false)
  })

  test('behind a proxy is ours by the address that people use', () => {
    expect(ownOrigins({ ...place, publicUrl: 'https://backup.example.com/' })).toContain(
      'https://backup.example.com',
    )
  })
})

test('no answer lets a script in that is not ours, or a frame around us', () => {
  const policy = securityHeaders('abc', false)['content-security-policy'] ?? ''
  expect(policy).not.toContain('unsafe')
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).toContain("script-src 'self' 'nonce-abc'")
  expect(securityHeaders(undefined, true)).toHaveProperty('strict-transport-security')
})
