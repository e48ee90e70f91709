/** What the value of a flag is; decides what completes it. */
type ArgumentKind = 'file' | 'directory' | 'project' | 'components' | 'archive' | 'target' | 'free'

export interface Argument {
  /** As the help text calls it, e.g. `FILE`. */
  name: string
  kind: ArgumentKind
  /** What it may be, for completion, beside what its kind says. */
  values?: readonly string[]
  /** Several may be given, with commas between. */
  list?: true
  /** The name of a second value, which may follow the first. */
  second?: string
}

export interface Flag {
  /** The long form without its dashes, e.g. `env-file`. Its value is the script's `flag_env_file`. */
  name: string
  /** The letter of the short form. */
  short?: string
  /** What it does, as the help text, the manual page and the completions say it. */
  text: string
  /** What follows it; a flag without one is a switch, `yes` or `no`. */
  argument?: Argument
  /** Its values are kept all, in their order; of any other flag the last. */
  repeatable?: true
  /** It says what is done: the script's `verb` is its name. Two of them do not go together. */
  verb?: true
  /** Of such a one: another, with which it does go. That one is then what is done, and this one, a switch too, says with what. */
  beside?: string
  /** The verbs without one of which it means nothing, and is refused, and how they are called, where that is not `--<verb>`. */
  goesWith?: { verbs: readonly string[]; called?: string }
  /** Another flag that it does not go with, and why, if that needs saying: `which never …`. */
  notWith?: readonly { flag: string; because?: string }[]
  /** A flag that has to be given as well. */
  needs?: string
  /** The array of the script in which flag and value stand as well, to be handed on as they are. */
  handTo?: 'config_flags' | 'worker_flags' | 'object_flags' | 'part_flags'
  /** It chooses a part of this component, so that the command is about no other. */
  partOf?: string | undefined
  /** `--all` does not pass it on to each project's run. */
  ofThisRun?: true
  /** Sets a variable of the environment, for everything that the script starts. */
  exports?: { variable: string; value: string }
  /** It prints this, and ends the script. */
  prints?: 'usage' | 'version'
}

export interface Section {
  title: string
  flags: readonly Flag[]
}

/** A word that stands where a flag could, and takes all that follows it, as it is. */
interface Word {
  /** The script's `verb`; what follows is its `<name>_arguments`. */
  name: string
  argument: string
}

/** A command: everything that is said of it anywhere. */
export interface Command {
  /** `backup` for backup.sh. */
  name: string
  /** After the name and a colon; a sentence. */
  summary: string
  /** What it does; full sentences, a paragraph each. */
  description: readonly string[]
  /** What the `verb` is called when no flag says what is done. */
  verb: string
  word?: Word
  sections: readonly Section[]
  exitCodes: readonly { codes: readonly number[]; text: string }[]
  /** What it takes from the environment, beside the variables of the env file. */
  environment: readonly Entry[]
  files: readonly Entry[]
  examples: readonly { command: string; text: string }[]
}

/** Something by its name, and what is to be said of it. */
export interface Entry {
  name: string
  text: string
}

/** The name of the script, e.g. `backup.sh`. */
export function scriptOf({ name }: Command): string {
  return `${name}.sh`
}

/** The name of its manual page, e.g. `supabase-backup`. */
export function manualOf({ name }: Command): string {
  return `supabase-${name}`
}

export function flagsOf({ sections }: Command): Flag[] {
  return sections.flatMap(({ flags }) => flags)
}

/** Every way to write the flag: `-e` and `--env-file`, or only the long one. */
export function formsOf({ short, name }: Flag): string[] {
  return short === undefined ? [`--${name}`] : [`-${short}`, `--${name}`]
}

/** Its argument as a synopsis shows it, `OLD [NEW]`; undefined of a switch. */
export function argumentOf({ argument }: Flag): string | undefined {
  if (argument?.second === undefined) return argument?.name
  return `${argument.name} [${argument.second}]`
}
