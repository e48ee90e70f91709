import type { Outputs } from '~/client/client'
import { ErrorHelp } from '../error-help'
import { Code } from '../ui/copy'

type Problem = Outputs['projects']['list'][number]['problems'][number]

/** What is wrong with a project, each with what to do. */
export function Problems({ problems }: { problems: readonly Problem[] }) {
  return (
    <ul className="stack gap-3">
      {problems.map(({ what, message, suggestion, code }, index) => (
        <li key={`${what} ${message}`} className="stack gap-1.5 [overflow-wrap:anywhere]">
          <p>{message}</p>
          {/* One command often helps with the next problem too. */}
          {suggestion !== null &&
            suggestion !== problems[index + 1]?.suggestion &&
            (isCommand(suggestion) ? <Code text={suggestion} /> : <p>{suggestion}</p>)}
          {code !== null && <ErrorHelp code={code} />}
        </li>
      ))}
    </ul>
  )
}

function isCommand(text: string): boolean {
  return /^\.\/(?:backup|restore|install)\.sh\b/.test(text)
}
