import type { Environment } from './toolkit.ts'

/** What a script needs of whoever starts it; settings of projects are not among it: those are the env file's. */
const kept =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|XDG_\w+|SSH_AUTH_SOCK|DBUS_SESSION_BUS_ADDRESS|NODE_EXTRA_CA_CERTS|SSL_CERT_(?:FILE|DIR)|(?:https?|no|all)_proxy|(?:HTTPS?|NO|ALL)_PROXY)$/

/** The environment in which the dashboard reads projects and starts runs. */
export function surroundingsOf(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => kept.test(name)))
}

/** The same as changes to the process's own, for the library adds one to the other. */
export function surroundingsAsChanges(environment: Environment): Environment {
  const names = Object.keys(environment).filter((name) => !kept.test(name))
  return Object.fromEntries(names.map((name) => [name, undefined]))
}
