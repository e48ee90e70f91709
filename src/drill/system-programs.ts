/**
 * The environment that programs of the system itself are started with, such as setpriv, unshare and apt-cache: they are what an
 * untrusted backup is confined by, so nothing that the caller was given decides which they are.
 */
export const ofSystem = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C.UTF-8',
  TZ: 'UTC',
} as const
