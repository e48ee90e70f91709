import { join } from 'node:path'
import { request } from 'undici'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { breakdowns } from '../../../src/standin/storage-api/faults.ts'
import { type StorageApi, startStorageApi } from '../../../src/standin/storage-api/server.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

let platform: TestPlatform
let storage: StorageApi

const content = 'twelve bytes'

function ask(method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE', path: string, body?: string) {
  const type = path.startsWith('/bucket') ? 'application/json' : 'text/plain'
  return request(storage.url + path, {
    method,
    headers: {
      authorization: `Bearer ${storage.serviceRoleKey}`,
      ...(body === undefined ? {} : { 'content-type': type }),
    },
    ...(body === undefined ? {} : { body }),
    bodyTimeout: 5000,
  })
}

async function read(key = 'a'): Promise<string> {
  const response = await ask('GET', `/object/authenticated/bucket/${key}`)
  return response.body.text()
}

beforeAll(async () => {
  platform = await startTestPlatform()
  storage = await startStorageApi({
    databaseUrl: platform.superuserUrl,
    directory: join(platform.directory, 'storage'),
    jwtSecret: 'a-secret-of-this-test-that-is-long-enough',
  })
  await (await ask('POST', '/bucket', '{"name":"bucket"}')).body.dump()
  for (const key of ['a', 'b']) await (await ask('POST', `/object/bucket/${key}`, content)).body.dump()
})

afterEach(() => {
  storage.faults.clear()
  storage.requests.clear()
})

afterAll(async () => {
  await storage?.stop()
  await platform?.stop()
})

test('without faults an object is read whole', async () => {
  expect(await read()).toBe(content)
})

test('an answer with a status strikes the wanted key, as often as wanted, after as many as wanted', async () => {
  const fault = storage.faults.add({
    match: { key: 'a', bucket: 'bucket' },
    after: 1,
    times: 2,
    fault: breakdowns.slowDown(7),
  })
  const statuses: number[] = []
  for (const key of ['a', 'b', 'a', 'b', 'a', 'a']) {
    const { statusCode, headers, body } = await ask('GET', `/object/authenticated/bucket/${key}`)
    statuses.push(statusCode)
    const text = await body.text()
    if (statusCode !== 429) continue
    expect(headers['retry-after']).toBe('7')
    expect(JSON.parse(text)).toMatchObject({ statusCode: '429', code: 'SlowDown' })
  }
  expect(statuses).toEqual([200, 200, 429, 200, 429, 200])
  expect(fault.struck).toBe(2)
})

test('a key can be matched by a pattern and a request by its kind', async () => {
  storage.faults.add({ match: { key: /^[b-z]$/, route: 'info' }, fault: breakdowns.databaseTimeout() })
  expect((await ask('GET', '/object/info/bucket/a')).statusCode).toBe(200)
  expect((await ask('GET', '/object/info/bucket/b')).statusCode).toBe(544)
  expect(await read('b')).toBe(content)
})

test('a body is cut after so many bytes', async () => {
  storage.faults.add({ fault: { kind: 'cut', bytes: 5 } })
  const { statusCode, headers, body } = await ask('GET', '/object/authenticated/bucket/a')
  expect(statusCode).toBe(200)
  expect(headers['content-length']).toBe(String(content.length))
  const received: Buffer[] = []
  await expect(
    (async () => {
      for await (const chunk of body) received.push(chunk)
    })(),
  ).rejects.toThrow()
  expect(Buffer.concat(received).toString()).toBe(content.slice(0, 5))
})

test('a body of the right length has a wrong byte', async () => {
  storage.faults.add({ fault: { kind: 'corrupt', offset: 3 } })
  const text = await read()
  expect(text).toHaveLength(content.length)
  expect([...text].flatMap((letter, index) => (letter === content[index] ? [] : [index]))).toEqual([3])
})

test('a length that is too great is noticed when the connection ends', async () => {
  storage.faults.add({ fault: { kind: 'length', contentLength: 99 } })
  const { headers, body } = await ask('GET', '/object/authenticated/bucket/a')
  expect(headers['content-length']).toBe('99')
  await expect(body.text()).rejects.toThrow()
})

test('a length can be left out', async () => {
  storage.faults.add({ fault: { kind: 'length', contentLength: null } })
  const { headers, body } = await ask('GET', '/object/authenticated/bucket/a')
  expect(headers['content-length']).toBeUndefined()
  expect(await body.text()).toBe(content)
})

test('a body trickles in small pieces and is whole in the end', async () => {
  storage.faults.add({ fault: { kind: 'trickle', bytes: 4, pause: 20 } })
  const { body } = await ask('GET', '/object/authenticated/bucket/a')
  const pieces: string[] = []
  for await (const chunk of body) pieces.push(String(chunk))
  expect(pieces.length).toBeGreaterThan(1)
  expect(pieces.join('')).toBe(content)
})

test('a connection that is reset before the work leaves nothing done', async () => {
  storage.faults.add({ match: { route: 'upload' }, fault: { kind: 'reset', when: 'before' } })
  await expect(ask('POST', '/object/bucket/unborn', 'x')).rejects.toThrow()
  expect((await ask('GET', '/object/info/bucket/unborn')).statusCode).toBe(400)
})

test('a connection that is reset after the work leaves it done', async () => {
  storage.faults.add({ match: { route: 'upload' }, fault: { kind: 'reset', when: 'after' } })
  await expect(ask('POST', '/object/bucket/born', 'x')).rejects.toThrow()
  expect(await read('born')).toBe('x')
})

test('an upload is interrupted while it is received and leaves no object', async () => {
  storage.faults.add({ match: { route: 'upload' }, fault: { kind: 'interrupt', bytes: 1 } })
  await expect(ask('POST', '/object/bucket/half', 'x'.repeat(5_000_000))).rejects.toThrow()
  expect((await ask('GET', '/object/info/bucket/half')).statusCode).toBe(400)
})

test('a key expires from the third request on', async () => {
  storage.faults.add({ after: 2, fault: breakdowns.expiredToken() })
  const answers: string[] = []
  for (let round = 0; round < 4; round += 1) answers.push(await read())
  expect(answers.slice(0, 2)).toEqual([content, content])
  for (const answer of answers.slice(2))
    expect(JSON.parse(answer)).toMatchObject({ statusCode: '403', code: 'AccessDenied' })
})

test('several faults strike one request', async () => {
  storage.faults.add({ fault: { kind: 'delay', milliseconds: 1 } })
  storage.faults.add({ fault: breakdowns.gateway(502, 'Bad Gateway') })
  const { statusCode, body } = await ask('GET', '/object/authenticated/bucket/a')
  expect([statusCode, await body.text()]).toEqual([502, 'Bad Gateway'])
})

test('cleared faults strike no longer', async () => {
  storage.faults.add({ fault: breakdowns.internal() })
  storage.faults.clear()
  expect(await read()).toBe(content)
})

test('the log of requests counts by kind, with status and bytes', async () => {
  storage.faults.add({ match: { key: 'b' }, fault: breakdowns.noSuchKey() })
  await read('a')
  await read('b')
  await (await ask('HEAD', '/object/authenticated/bucket/a')).body.dump()
  expect(storage.requests.count()).toBe(3)
  expect(storage.requests.count('get')).toBe(2)
  expect(storage.requests.entries).toEqual([
    { method: 'GET', route: 'get', bucket: 'bucket', key: 'a', status: 200, sent: content.length },
    { method: 'GET', route: 'get', bucket: 'bucket', key: 'b', status: 400, sent: expect.any(Number) },
    { method: 'HEAD', route: 'head', bucket: 'bucket', key: 'a', status: 200, sent: 0 },
  ])
  expect(storage.requests.mostAtOnce).toBe(1)
})
