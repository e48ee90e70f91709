import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { expect, it } from 'vitest'
import { readStack, settingsOfStack } from '../../../src/configure/stack.ts'

/** The keys of the official set-up, with its own defaults. */
const stack = {
  POSTGRES_PASSWORD: 'pass/word#1',
  POSTGRES_HOST: 'db',
  POSTGRES_DB: 'postgres',
  POSTGRES_PORT: '5432',
  POOLER_TENANT_ID: 'shop',
  SERVICE_ROLE_KEY: 'eyJ.service.role',
  SUPABASE_PUBLIC_URL: 'https://supabase.example.com/',
  API_EXTERNAL_URL: 'https://supabase.example.com/auth/v1',
}

it('the .env of a Docker set-up gives address, session pooler and key', () => {
  expect(settingsOfStack(stack)).toEqual({
    SUPABASE_URL: 'https://supabase.example.com',
    SUPABASE_DB_URL: 'postgresql://postgres.shop:pass%2Fword%231@supabase.example.com:5432/postgres',
    SUPABASE_SERVICE_ROLE_KEY: 'eyJ.service.role',
  })
})

it('a database of its own name is reached as it is, one on this machine without TLS', () => {
  const own = settingsOfStack({ ...stack, POSTGRES_HOST: 'pg.example.com', POSTGRES_PORT: '5433' })
  expect(own['SUPABASE_DB_URL']).toBe('postgresql://postgres:pass%2Fword%231@pg.example.com:5433/postgres')
  const here = settingsOfStack({
    ...stack,
    SUPABASE_PUBLIC_URL: '',
    API_EXTERNAL_URL: 'http://localhost:8000',
  })
  expect(here).toMatchObject({
    SUPABASE_URL: 'http://localhost:8000',
    SUPABASE_DB_URL: 'postgresql://postgres.shop:pass%2Fword%231@localhost:5432/postgres?sslmode=disable',
  })
})

it('a file that is none, or is not there, gives nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stack-'))
  await writeFile(join(folder, '.env'), 'OTHER=1\n')
  expect(await readStack(join(folder, '.env'), {})).toBeUndefined()
  expect(await readStack(join(folder, 'not-there'), {})).toBeUndefined()
  await writeFile(
    join(folder, '.env'),
    "SUPABASE_PUBLIC_URL=https://a.example # public\nPOSTGRES_PASSWORD='x'\n",
  )
  expect(await readStack('~/.env', { HOME: folder })).toMatchObject({
    SUPABASE_URL: 'https://a.example',
    SUPABASE_STACK_ENV: join(folder, '.env'),
  })
  // As whoever stands beside it types it, and where the folder is named, or the checkout that it is in.
  for (const typed of [
    relative(process.cwd(), join(folder, '.env')),
    folder,
    relative(process.cwd(), folder),
  ])
    expect(await readStack(typed, {})).toMatchObject({ SUPABASE_STACK_ENV: join(folder, '.env') })
  await mkdir(join(folder, 'checkout/docker'), { recursive: true })
  await copyFile(join(folder, '.env'), join(folder, 'checkout/docker/.env'))
  expect(await readStack(join(folder, 'checkout'), {})).toMatchObject({
    SUPABASE_STACK_ENV: join(folder, 'checkout/docker/.env'),
  })
  const functions = join(folder, 'volumes/functions')
  expect(await readStack('~/.env', { HOME: folder })).not.toHaveProperty('SUPABASE_FUNCTIONS_DIR')
  await mkdir(functions, { recursive: true })
  expect(await readStack('~/.env', { HOME: folder })).toMatchObject({ SUPABASE_FUNCTIONS_DIR: functions })
  await rm(folder, { recursive: true })
})
