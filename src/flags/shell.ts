import { argumentOf, type Command, type Flag, flagsOf, formsOf, scriptOf } from './table.ts'

/** The command's part of parsing, as Bash; src/shell/arguments.sh is what all commands share. */
export function renderShell(command: Command): string {
  const flags = flagsOf(command)
  return `# shellcheck shell=bash
# Made by \`npm run generate\` from src/flags/${command.name}.ts: the flags of ${scriptOf(command)}, for src/shell/arguments.sh.

# flags_begin: everything as it is without any flag.
# shellcheck disable=SC2034 # the script's
flags_begin() {
${indent(defaults(command, flags))}
}

# flags_know FLAG: sets the caller's \`flag\` to its long form, and \`takes\` to none, one, two (values, the second being optional) or
# rest; returns 1 when there is no such flag.
# shellcheck disable=SC2034 # the caller's
flags_know() {
  case $1 in
${[...flags.map(known), ...(command.word ? [`${command.word.name}) flag=$1 takes=rest ;;`] : [])].map((arm) => `  ${arm}\n`).join('')}  *) return 1 ;;
  esac
}

# flags_set FLAG [VALUE]...: FLAG is of the long form.
# shellcheck disable=SC2034 # the script's
flags_set() {
${passingOn(flags)}  case $1 in
${[...flags.map(taken), ...wordTaken(command)].map((arm) => `  ${arm}\n`).join('')}  esac
}

# flags_check: what does not go together.
flags_check() {
${indent([...flags.flatMap(rules).map((rule) => `${rule} || return $?`), 'return 0'])}
}
`
}

/** \`flag_env_file\` for --env-file. */
function variableOf(name: string): string {
  return `flag_${name.replaceAll('-', '_')}`
}

function isArray({ repeatable, argument }: Flag): boolean {
  return repeatable === true || argument?.second !== undefined
}

/** Whether its value is kept; of a switch that chooses the verb, or prints, there is none to keep. */
function isKept({ argument, verb, beside, prints }: Flag): boolean {
  return argument !== undefined || beside !== undefined || (verb === undefined && prints === undefined)
}

function defaults(command: Command, flags: readonly Flag[]): string[] {
  const handed = [...new Set(flags.flatMap(({ handTo }) => handTo ?? []))]
  const word = command.word && `${command.word.name}_arguments=()`
  return [
    `flags_command=${command.name} verb=${command.verb} verb_flag=`,
    'verb_beside=',
    'flags_given=()',
    ...flags.filter(isKept).map((flag) => {
      const empty = flag.argument === undefined ? 'no' : ''
      return `${variableOf(flag.name)}=${isArray(flag) ? '()' : empty}`
    }),
    ...handed.map((array) => `${array}=()`),
    ...(word === undefined ? [] : [word]),
    ...(flags.some(({ name }) => name === 'all') ? ['passed_on=()'] : []),
  ]
}

function known(flag: Flag): string {
  const values = flag.argument?.second === undefined ? 'one' : 'two'
  const long = flag.short === undefined ? '$1' : `--${flag.name}`
  return `${formsOf(flag).join(' | ')}) flag=${long} takes=${flag.argument === undefined ? 'none' : values} ;;`
}

/** What `--all` hands to the run of each project. */
function passingOn(flags: readonly Flag[]): string {
  if (!flags.some(({ name }) => name === 'all')) return ''
  const own = flags.filter(({ ofThisRun }) => ofThisRun).map(({ name }) => `--${name}`)
  return `  case $1 in
  ${own.join(' | ')}) ;;
  *) passed_on+=("$@") ;;
  esac
`
}

function taken(flag: Flag): string {
  const { name, argument, verb, beside, prints, handTo, partOf, exports } = flag
  const assignments = [
    ...(isKept(flag) ? [`${variableOf(name)}${assignment(flag)}`] : []),
    ...(partOf === undefined ? [] : [`flag_only+=(${partOf})`]),
    // In one word: behind a space the worker would take a value that begins with a dash for a flag.
    ...(handTo === undefined ? [] : [`${handTo}+=("${argument === undefined ? '$1' : '$1=$2'}")`]),
  ]
  const steps = [
    ...(verb === undefined
      ? []
      : [`arguments_choose_verb "$1"${beside === undefined ? '' : ` --${beside}`}`]),
    ...(assignments.length === 0 ? [] : [assignments.join(' ')]),
    ...(exports === undefined ? [] : [`export ${exports.variable}=${exports.value}`]),
    ...(prints === undefined ? [] : [`arguments_print_${prints}`, 'exit']),
  ]
  return `--${name}) ${steps.join(' && ')} ;;`
}

/** How its variable takes the value in `$2`, or both values. */
function assignment({ argument, repeatable }: Flag): string {
  if (argument === undefined) return '=yes'
  if (argument.second !== undefined) return `=("\${@:2}")`
  return repeatable ? '+=("$2")' : '=$2'
}

function wordTaken({ word }: Command): string[] {
  return word === undefined
    ? []
    : [`${word.name}) arguments_choose_verb "$1" && ${word.name}_arguments=("\${@:2}") ;;`]
}

function rules(flag: Flag, _index: number, flags: readonly Flag[]): string[] {
  const { name, goesWith, notWith = [], needs } = flag
  const needed = flags.find((other) => other.name === needs)
  return [
    ...(goesWith === undefined ? [] : [goingWith(name, goesWith)]),
    ...notWith.map(
      ({ flag: other, because }) =>
        `arguments_exclude --${name} --${other}${because === undefined ? '' : ` '${because}'`}`,
    ),
    ...(needed === undefined
      ? []
      : [[`arguments_require --${name} --${needed.name}`, argumentOf(needed) ?? []].flat().join(' ')]),
  ]
}

function goingWith(name: string, { verbs, called }: NonNullable<Flag['goesWith']>): string {
  return `arguments_go_with --${name} '${called ?? `--${verbs.join(', --')}`}' ${verbs.join(' ')}`
}

function indent(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n')
}
