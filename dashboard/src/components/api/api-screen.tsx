import { Link } from '@tanstack/react-router'
import { Download } from 'lucide-react'
import type { ApiOperation } from '~/shared/api-operation'
import { ScreenHead } from '../screen-head'
import { isAdminOfAll, type User } from '../screens'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { Code } from '../ui/copy'
import { Operations } from './operations'

const document = '/api/v1/openapi.json'

/** How programs do what the screens do, and every call that they have for it. */
export function ApiScreen({ operations, user }: { operations: ApiOperation[]; user: User }) {
  const tags = [...new Set(operations.map(({ tag }) => tag))]
  return (
    <div className="stack gap-6">
      <ScreenHead title="API" note="What the dashboard does, for programs: JSON over HTTP, with a token.">
        <Button asChild>
          <a href={document} download="openapi.json">
            <Download />
            OpenAPI 3.1
          </a>
        </Button>
      </ScreenHead>
      <Card aria-labelledby="begin">
        <CardHead title="Begin" id="begin" />
        <Begin user={user} />
      </Card>
      {tags.map((tag) => (
        <Card key={tag} aria-labelledby={`tag-${tag}`}>
          <CardHead title={tag} id={`tag-${tag}`} />
          <Operations operations={operations.filter((operation) => operation.tag === tag)} />
        </Card>
      ))}
    </div>
  )
}

function Begin({ user }: { user: User }) {
  const api = `${window.location.origin}/api/v1`
  return (
    <ol className="stack gap-4 p-4">
      <li className="stack gap-1.5">
        <p>
          <strong className="font-medium">A token.</strong>{' '}
          {isAdminOfAll(user) ? (
            <>
              Make one under{' '}
              <Link to="/people" className="text-accent-ink underline">
                Users and tokens
              </Link>
              .
            </>
          ) : (
            'An admin makes one under Users and tokens.'
          )}{' '}
          It is shown once; keep it where your program keeps its secrets, here in <code>$TOKEN</code>.
        </p>
      </li>
      <li className="stack gap-1.5">
        <p>
          <strong className="font-medium">Look.</strong> Which projects are there, and is each of them safe?
        </p>
        <Code text={`curl -fsS "${api}/projects" \\\n  -H "Authorization: Bearer $TOKEN"`} />
      </li>
      <li className="stack gap-1.5">
        <p>
          <strong className="font-medium">Act.</strong> Back a project up: the answer comes at once, with the
          run’s address in <code>Location</code>. Sent again with the same <code>Idempotency-Key</code>, it is
          not done again.
        </p>
        <Code
          text={`curl -fsS -X POST "${api}/projects/PROJECT/backups" \\\n  -H "Authorization: Bearer $TOKEN" \\\n  -H "Idempotency-Key: deploy-1"`}
        />
      </li>
    </ol>
  )
}
