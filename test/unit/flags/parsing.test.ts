import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { commands } from '../../../src/flags/commands.ts'
import { type Command, type Flag, flagsOf, formsOf, scriptOf } from '../../../src/flags/table.ts'
import { checkout } from '../../helpers/checkout.ts'
import { runCommand } from '../../helpers/command.ts'

/**
 * Has a command's flags parsed, each line of arguments in a shell of its own, all of them started by one. Of each: the exit code,
 * what was said on stderr, and the variables that `declare -p` shows.
 */
async function parseAll(command: Command, lines: readonly (readonly string[])[]): Promise<Parsed[]> {
  const script = `set -euo pipefail
    root=$1 script=$2 count=0
    source "$root/src/shell/log.sh"; source "$root/src/shell/command.sh"; source "$root/src/shell/errors.sh"; source "$root/src/shell/arguments.sh"
    source "$root/src/shell/flags/$script"
    # What is unknown is told without asking a worker: that takes its time.
    worker_require() { return 1; }
    show() {
      local name
      for name in verb "\${!flag_@}" config_flags worker_flags object_flags part_flags passed_on borg_arguments LOG_LEVEL LOG_TERMINAL_LEVEL; do
        [[ -v $name || $(declare -p "$name" 2>/dev/null) == 'declare -a'* ]] || continue
        local -n values=$name
        printf '%s' "$name"; printf '\\1%s' "\${values[@]}"; printf '\\2'
        unset -n values
      done
    }
    mapfile -d '' -t words
    i=0
    while ((i < \${#words[@]})); do
      n=\${words[i]}
      (arguments_parse "\${words[@]:i+1:n}" && show) 2>&1 || printf '\\2%s' "$?"
      printf '\\0'
      i=$((i + 1 + n))
    done`
  const input = lines
    .map((line) => [String(line.length), ...line].map((word) => `${word}\0`).join(''))
    .join('')
  const { code, stdout, stderr } = await runCommand(
    'bash',
    ['--norc', '-c', script, 'bash', checkout, scriptOf(command)],
    { input, env: { PATH: process.env['PATH'] } },
  )
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout.split('\0').slice(0, -1).map(readParsed)
}

interface Parsed {
  /** Undefined of a line that was refused. */
  variables: Map<string, string[]> | undefined
  /** What was said, and the exit code, of one that was. */
  refusal: { message: string; code: number } | undefined
}

function readParsed(text: string): Parsed {
  const parts = text.split('\x02')
  const last = parts.at(-1) ?? ''
  if (last !== '') return { variables: undefined, refusal: { message: parts[0] ?? '', code: Number(last) } }
  const variables = parts.slice(0, -1).map((part): [string, string[]] => {
    const [name = '', ...values] = part.split('\x01')
    return [name, values]
  })
  return { variables: new Map(variables), refusal: undefined }
}

const variableOf = ({ name }: Flag) => `flag_${name.replaceAll('-', '_')}`
const takesValue = ({ argument }: Flag) => argument !== undefined
/** What has to be given with a flag for it to be taken. */
const company = (command: Command, flag: Flag): string[] => {
  const { goesWith, needs } = flag
  if (goesWith?.verbs.includes(command.verb)) return []
  const other = flagsOf(command).find(({ name }) => name === (goesWith?.verbs[0] ?? needs))
  if (other === undefined) return []
  return takesValue(other) ? [`--${other.name}`, 'x', ...company(command, other)] : [`--${other.name}`]
}

const hostile = [
  'plain',
  '',
  ' ',
  'two\nlines\n',
  `'single' "double" \\back $(id) \`id\` $HOME *`,
  '-',
  '--',
  '--only',
  '--json',
  '-x=y',
  '=',
  'a=b=c',
  'é ☃',
  '%s\\n',
]

describe.each(commands.map((command) => ({ name: scriptOf(command), command })))('$name', ({ command }) => {
  const flags = flagsOf(command)
  const told = flags.filter(({ prints }) => prints === undefined)

  it('takes every flag in every form, and a value of any kind unchanged', async () => {
    const cases = told
      .filter(takesValue)
      .flatMap((flag) =>
        hostile.flatMap((value) => [
          ...formsOf(flag).map((form) => ({ flag, value, line: [form, value] })),
          { flag, value, line: [`--${flag.name}=${value}`] },
        ]),
      )
    const parsed = await parseAll(
      command,
      cases.map(({ flag, line }) => [...company(command, flag), ...line]),
    )
    expect(parsed).toHaveLength(cases.length)
    cases.forEach(({ flag, value, line }, index) => {
      const { variables, refusal } = parsed[index] ?? {}
      expect(refusal, line.join(' ')).toBeUndefined()
      expect(variables?.get(variableOf(flag)), line.join(' ')).toEqual([value])
      if (flag.handTo !== undefined)
        expect(variables?.get(flag.handTo), line.join(' ')).toContain(`--${flag.name}=${value}`)
    })
  })

  it('takes every switch in every form, and none with a value', async () => {
    const cases = told
      .filter((flag) => !takesValue(flag))
      .flatMap((flag) => formsOf(flag).map((form) => ({ flag, form })))
    const parsed = await parseAll(
      command,
      cases.map(({ flag, form }) => [...company(command, flag), form]),
    )
    cases.forEach(({ flag, form }, index) => {
      const variables = parsed[index]?.variables
      if (flag.verb) expect(variables?.get('verb'), form).toEqual([flag.name])
      else expect(variables?.get(variableOf(flag)), form).toEqual(['yes'])
      if (flag.handTo !== undefined) expect(variables?.get(flag.handTo), form).toContain(`--${flag.name}`)
      if (flag.exports !== undefined)
        expect(variables?.get(flag.exports.variable), form).toEqual([flag.exports.value])
    })
    const refused = await parseAll(
      command,
      flags.filter((flag) => !takesValue(flag)).map(({ name }) => [`--${name}=yes`]),
    )
    flags
      .filter((flag) => !takesValue(flag))
      .forEach(({ name }, index) => {
        expect(refused[index]?.refusal, name).toEqual({
          code: 2,
          message: expect.stringContaining(`--${name} takes no value.`),
        })
      })
  })

  it('refuses a flag without its value, by the form that was typed', async () => {
    const forms = flags.filter(takesValue).flatMap(formsOf)
    const parsed = await parseAll(
      command,
      forms.map((form) => [form]),
    )
    forms.forEach((form, index) => {
      expect(parsed[index]?.refusal, form).toEqual({
        code: 2,
        message: expect.stringContaining(`${form} needs a value.`),
      })
    })
  })

  it('keeps all values of a flag that may be repeated, and the last of any other', async () => {
    const valued = told.filter(takesValue)
    const parsed = await parseAll(
      command,
      valued.map((flag) => [...company(command, flag), `--${flag.name}`, 'one', `--${flag.name}=two`]),
    )
    valued.forEach((flag, index) => {
      const values = parsed[index]?.variables?.get(variableOf(flag))
      expect(values, flag.name).toEqual(flag.repeatable ? ['one', 'two'] : ['two'])
    })
    const switches = told.filter((flag) => !takesValue(flag))
    const twice = await parseAll(
      command,
      switches.map((flag) => [...company(command, flag), `--${flag.name}`, `--${flag.name}`]),
    )
    expect(twice.map(({ refusal }) => refusal)).toEqual(switches.map(() => undefined))
  })

  it('refuses two flags that each say what is done, in either order', async () => {
    const verbs = flags.filter(({ verb }) => verb)
    const typed = (flag: Flag) => (takesValue(flag) ? [`--${flag.name}`, 'x'] : [`--${flag.name}`])
    const areOne = (a: Flag, b: Flag) => a === b || a.beside === b.name || b.beside === a.name
    const pairs = verbs.flatMap((a) => verbs.filter((b) => !areOne(a, b)).map((b) => [a, b] as const))
    const parsed = await parseAll(
      command,
      pairs.map(([a, b]) => [...typed(a), ...typed(b)]),
    )
    pairs.forEach(([a, b], index) => {
      expect(parsed[index]?.refusal).toEqual({
        code: 2,
        message: expect.stringContaining(`--${a.name} and --${b.name} do not go together.`),
      })
    })
  })

  it('does what a flag stands beside, in either order, and takes no third', async () => {
    const pairs = flags.flatMap((flag) => (flag.beside === undefined ? [] : [[flag, flag.beside] as const]))
    for (const [flag, beside] of pairs) {
      const both = [`--${flag.name}`, `--${beside}`]
      const third = flags.find(({ verb, name }) => verb && !both.includes(`--${name}`))
      if (third === undefined) throw new TypeError('there are but two verbs')
      const more = takesValue(third) ? [`--${third.name}`, 'x'] : [`--${third.name}`]
      const lines = [both, both.toReversed(), [...both, ...more], [...more, ...both], [`--${flag.name}`]]
      const parsed = await parseAll(command, lines)
      const told = parsed.map(({ variables }) => [variables?.get('verb'), variables?.get(variableOf(flag))])
      const together = [[beside], ['yes']]
      expect(told).toEqual([
        together,
        together,
        [undefined, undefined],
        [undefined, undefined],
        [[flag.name], ['yes']],
      ])
    }
  })

  it('refuses a flag without what it goes with or needs, or with what it does not go with', async () => {
    const typed = (flag: Flag | undefined): string[] => {
      if (flag === undefined) return []
      return takesValue(flag) ? [`--${flag.name}`, 'x', ...company(command, flag)] : [`--${flag.name}`]
    }
    const lines = told.flatMap((flag) => {
      const { name, goesWith, needs, notWith = [] } = flag
      const own = takesValue(flag) ? [`--${name}`, ''] : [`--${name}`]
      const elsewhere = flags.filter(({ verb, name: other }) => verb && !goesWith?.verbs.includes(other))
      return [
        ...(goesWith === undefined ? [] : elsewhere).map((other) => ({
          line: [...typed(other), ...own],
          message: `--${name} goes with ${goesWith?.called ?? `--${goesWith?.verbs.join(', --')}`}.`,
        })),
        ...(needs === undefined ? [] : [{ line: own, message: `--${name} needs --${needs}` }]),
        ...notWith.map(({ flag: other, because }) => ({
          line: [...own, ...typed(flags.find((each) => each.name === other))],
          message: `--${name} does not go with --${other}${because === undefined ? '.' : `, ${because}.`}`,
        })),
      ]
    })
    const parsed = await parseAll(
      command,
      lines.map(({ line }) => line),
    )
    lines.forEach(({ line, message }, index) => {
      expect(parsed[index]?.refusal, line.join(' ')).toEqual({
        code: 2,
        message: expect.stringContaining(message),
      })
    })
  })

  it('refuses what is no flag, before and behind --', async () => {
    const parsed = await parseAll(command, [
      ['--no-such'],
      ['--no-such=x'],
      ['word'],
      [''],
      ['--', '--yes'],
      ['--', 'word'],
      ['--'],
    ])
    const messages = parsed.map(({ refusal }) => refusal && [refusal.code, refusal.message.split(' Try')[0]])
    const unknown = (name: string) => [2, `bash: unknown option ${name}.`]
    expect(messages).toEqual([
      unknown('--no-such'),
      unknown('--no-such'),
      unknown('word'),
      unknown(''),
      unknown('--yes'),
      unknown('word'),
      undefined,
    ])
  })
})

describe('the table of flags', () => {
  it('names every other flag as it is, and each form once', () => {
    for (const command of commands) {
      const flags = flagsOf(command)
      const names = flags.map(({ name }) => name)
      const verbs = flags.filter(({ verb }) => verb).map(({ name }) => name)
      for (const { beside, goesWith, notWith = [], needs } of flags) {
        for (const name of [...(goesWith?.verbs ?? []), beside ?? []].flat())
          expect([...verbs, command.verb, command.word?.name]).toContain(name)
        for (const name of [needs ?? [], notWith.map(({ flag }) => flag)].flat())
          expect(names).toContain(name)
      }
      const forms = flags.flatMap(formsOf)
      expect([...new Set(forms)]).toEqual(forms)
    }
  })
})

const [backup, , restore] = commands
test('the word borg takes all that stands behind it as it is, also behind --', async () => {
  if (backup === undefined) throw new TypeError('there is no backup.sh')
  const words = ['list', '--json', '--only', '', '--', 'a=b', '--env-file=x']
  const parsed = await parseAll(backup, [
    ['-p', 'shop', 'borg', ...words],
    ['--', 'borg', ...words],
    ['--check', 'borg'],
    ['borg'],
  ])
  for (const { variables } of parsed.slice(0, 2)) {
    expect(variables?.get('verb')).toEqual(['borg'])
    expect(variables?.get('borg_arguments')).toEqual(words)
  }
  expect(parsed[0]?.variables?.get('passed_on')).toEqual(['borg', ...words])
  expect(parsed[2]?.refusal?.message).toContain('--check and borg do not go together.')
  expect(parsed[3]?.variables?.get('borg_arguments')).toEqual([''])
})

test('--all passes on every flag but those that say which project, and values as they are', async () => {
  if (restore === undefined) throw new TypeError('there is no restore.sh')
  const [parsed] = await parseAll(restore, [
    ['--all', '-p', 'x', '--test', '-y', '-q', '--env-file=y', '--check-cmd=--odd\n', '--only', 'database'],
  ])
  expect(parsed?.variables?.get('passed_on')).toEqual([
    '--test',
    '--yes',
    '--quiet',
    '--check-cmd',
    '--odd\n',
    '--only',
    'database',
  ])
})

test('--diff takes one backup or two', async () => {
  if (restore === undefined) throw new TypeError('there is no restore.sh')
  const parsed = await parseAll(restore, [
    ['--diff', 'a', 'b', '--json'],
    ['--diff=a', 'b'],
    ['--diff', 'a', '--json'],
    ['--diff', '--x', '-'],
    ['--diff', 'a', 'b', 'c'],
  ])
  expect(parsed.map(({ variables }) => variables?.get('flag_diff'))).toEqual([
    ['a', 'b'],
    ['a', 'b'],
    ['a'],
    undefined,
    undefined,
  ])
})

test('--json is seen wherever it stands, but not in the place of a value or behind borg', async () => {
  const script = `source '${join(checkout, 'src/shell/arguments.sh')}'; source '${join(checkout, 'src/shell/flags/backup.sh')}'
    arguments_include --json "$@" && printf yes || printf no`
  const seen = async (...args: string[]) =>
    (await runCommand('bash', ['--norc', '-c', script, 'bash', ...args])).stdout
  expect(await seen('--no-such', '--json')).toBe('yes')
  expect(await seen('-p', 'x', '--json', '--only')).toBe('yes')
  expect(await seen('--only', '--json')).toBe('no')
  expect(await seen('--only=--json')).toBe('no')
  expect(await seen('borg', 'list', '--json')).toBe('no')
  expect(await seen('--project')).toBe('no')
})

test('restore.sh hands only flags that it knows to the worker of --from-json', async () => {
  const restore = commands.find(({ name }) => name === 'restore') as Command
  const handed = flagsOf(restore).filter(({ handTo }) => handTo === 'worker_flags')
  const parsed = await parseAll(
    restore,
    handed.map((flag) => [
      ...['--from-json', 'file', '--table', 'public.t'],
      ...(takesValue(flag) ? [`--${flag.name}=x`] : [`--${flag.name}`]),
    ]),
  )
  const taken = handed.filter((_flag, index) => parsed[index]?.refusal === undefined)
  // As src/load.ts has them.
  expect(taken.map(({ name }) => name).sort()).toEqual(['confirm', 'over-source', 'replace', 'table'])
})
