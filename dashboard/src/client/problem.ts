import { TRPCClientError } from '@trpc/client'
import type { AppRouter } from '~/server/trpc/router'

/** What went wrong and what to do, for people. */
export interface ShownProblem {
  code: string
  message: string
  suggestion: string
  detail: string | null
}

/** Of anything that a call may throw. */
export function problemOf(error: unknown): ShownProblem {
  if (isAnswer(error) && error.data?.problem) return error.data.problem
  return {
    code: 'UNREACHABLE',
    message: 'The dashboard does not answer.',
    suggestion: 'See whether it runs, and try again.',
    detail: error instanceof Error ? error.message : null,
  }
}

function isAnswer(error: unknown): error is TRPCClientError<AppRouter> {
  return error instanceof TRPCClientError
}
