/** `pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)` → `15.14`; of a beta, `19`. */
export function parseVersion(text: string): string | undefined {
  return /\(PostgreSQL\) (\d+(?:\.\d+)?)/.exec(text)?.[1]
}

/** Minor release of each major from which `--restrict-key` is known; later majors all know it. */
const restrictKeySince: Readonly<Record<number, number>> = { 13: 22, 14: 19, 15: 14, 16: 10, 17: 6 }

/** Whether pg_dump and pg_restore take `--restrict-key`, without which each output has a random key in it. */
export function supportsRestrictKey(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return minor >= (restrictKeySince[major] ?? (major >= 18 ? 0 : Number.POSITIVE_INFINITY))
}
