import { type ChildProcess, spawn } from 'node:child_process'

/**
 * Ends what this process has started when this process itself is gone, be it by kill -9: a dump would go on reading production.
 * It reads a line for each process group (`+ GROUP`, `- GROUP`) and each container (`c PROGRAM NAME DOCKER_HOST`), and acts at the end
 * of its input, which the kernel brings about however we end; directories (`d - - PATH`) are removed then. A process group, and not only its leader: pg_dump's helpers are
 * in it. Containers are no children of ours at all.
 */
const script = `
trap '' INT TERM HUP
groups=' ' containers= directories=
while read -r action one two three; do
  case $action in
  +) groups="$groups$one " ;;
  -) case $groups in *" $one "*) groups="\${groups%%" $one "*} \${groups#*" $one "}" ;; esac ;;
  c) containers="$containers$one $two $three
" ;;
  d) directories="$directories$three
" ;;
  esac
done
printf '%s' "$directories" | while IFS= read -r directory; do rm -rf -- "$directory"; done
for group in $groups; do kill -TERM "-$group"; done
printf '%s' "$containers" | while read -r program name host; do
  [ -z "$host" ] || export DOCKER_HOST="$host"
  "$program" kill "$name"
  "$program" rm --force "$name"
done
waited=0
for group in $groups; do
  while [ "$waited" -lt 50 ] && kill -0 "-$group"; do sleep 0.1; waited=$((waited + 1)); done
  kill -KILL "-$group"
done
`

let guard: ChildProcess | undefined

function tell(line: string): void {
  if (guard === undefined) {
    guard = spawn('/bin/sh', ['-c', script], {
      cwd: '/',
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    })
    // Without it the work goes on as well.
    guard.on('error', () => {})
    guard.stdin?.on('error', () => {})
    // It is no reason for this process to stay.
    guard.unref()
    if (guard.stdin && 'unref' in guard.stdin && typeof guard.stdin.unref === 'function') guard.stdin.unref()
  }
  guard.stdin?.write(`${line}\n`)
}

/** From now on the process group is ended with this process. */
export function guardGroup(group: number): void {
  tell(`+ ${group}`)
}

/** The group has ended: its number may soon be another's. */
export function releaseGroup(group: number): void {
  tell(`- ${group}`)
}

/** From now on the container is removed with this process, by the runtime that started it. */
export function guardContainer(container: { program: string; name: string; host: string | undefined }): void {
  tell(`c ${container.program} ${container.name} ${container.host ?? ''}`)
}

/** The directory goes with this process at the latest. Its path must not hold a line break. */
export function guardDirectory(path: string): void {
  tell(`d - - ${path}`)
}
