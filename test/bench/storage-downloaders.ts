import { join } from 'node:path'
import { runProgram } from '../../src/common/process.ts'
import { nameOf, type StorageBench, type StorageSet } from './storage-objects.ts'
import type { S3Route } from './storage-service.ts'
import { bucket } from './storage-service.ts'

const phase = 'bench/storage'

/** Fetches a set with curl. */
export async function downloadWithCurl(
  bench: StorageBench,
  set: StorageSet,
  directory: string,
): Promise<undefined> {
  const urls = Array.from({ length: set.count }, (_, n) => {
    const url = `${bench.url}/object/authenticated/${bucket}/${nameOf(n)}`
    return `url = "${url}"\noutput = "${join(directory, nameOf(n))}"`
  })
  await runProgram({
    program: 'curl',
    args: ['--fail', '--silent', '--parallel', '--parallel-max', String(bench.concurrency), '--config', '-'],
    input: `header = "authorization: Bearer ${bench.serviceRoleKey}"\n${urls.join('\n')}\n`,
    env: { PATH: process.env['PATH'] },
    phase,
    suggestion: '',
  })
  return undefined
}

/** Whether this machine has rclone, which only the benchmark asks for (Debian: `apt-get install rclone`). */
export async function hasRclone(): Promise<boolean> {
  return rclone(['version'], {}).then(
    () => true,
    () => false,
  )
}

/** Makes a folder equal to the bucket with `rclone sync` as it is by default, over the service's S3 route. */
export async function syncWithRclone(
  bench: StorageBench,
  route: S3Route,
  directory: string,
): Promise<undefined> {
  const at = String(bench.concurrency)
  await rclone(['sync', `bench:${bucket}`, directory, '--transfers', at, '--checkers', at], {
    RCLONE_CONFIG_BENCH_TYPE: 's3',
    RCLONE_CONFIG_BENCH_PROVIDER: 'Other',
    RCLONE_CONFIG_BENCH_ENDPOINT: route.url,
    RCLONE_CONFIG_BENCH_REGION: route.region,
    RCLONE_CONFIG_BENCH_ACCESS_KEY_ID: route.accessKeyId,
    RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY: route.secretAccessKey,
  })
  return undefined
}

/** Credentials come by the environment alone, and nobody's own configuration counts. */
async function rclone(args: readonly string[], env: Record<string, string>): Promise<void> {
  await runProgram({
    program: 'rclone',
    args,
    env: { PATH: process.env['PATH'], RCLONE_CONFIG: '/dev/null', ...env },
    phase,
    suggestion: '',
  })
}
