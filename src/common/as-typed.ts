/** A script as texts name it, where nothing says already which one of several is meant, and whether a project is named with it. */
const named = /(?<=^|[\s(:;,])(?:\.\/)?(backup|restore|install)\.sh(?![\w-]|\.\w)/g

const ofProject = /^ (?:--project|--env-file|-[pe])\b/

/**
 * A text for people in which the toolkit's scripts are named as they can be typed from anywhere, with the flags of this project: the
 * script that started us has put both into the environment (src/shell/command.sh, which does the same to its own words). Texts say
 * `restore.sh --list`; without that environment they stay as they are.
 */
export function asTyped(text: string, environment: NodeJS.ProcessEnv = process.env): string {
  const directory = environment['COMMAND_DIRECTORY']
  if (!directory) return text
  const project = environment['COMMAND_PROJECT']
  return text.replaceAll(named, (match: string, script: string, at: number) => {
    const isComplete = !project || script === 'install' || ofProject.test(text.slice(at + match.length))
    return `${directory}/${script}.sh${isComplete ? '' : ` ${project}`}`
  })
}

/** For `JSON.stringify`: the same for what is said to people in a document. */
export function typedInDocument(key: string, value: unknown): unknown {
  return typeof value === 'string' && (key === 'message' || key === 'suggestion') ? asTyped(value) : value
}
