/** The one error that services throw: shaped like the toolkit's, so that screens show both in one way. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: string
  readonly suggestion: string
  readonly detail: string | undefined
  /** As HTTP says it. */
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 422 | 429 | 500

  constructor(fields: {
    status: Problem['status']
    code: string
    message: string
    suggestion: string
    detail?: string | undefined
  }) {
    super(fields.message)
    this.status = fields.status
    this.code = fields.code
    this.suggestion = fields.suggestion
    this.detail = fields.detail
  }
}

/** What is not there, or not for this person to see: the answer is the same. */
export function notFound(what: string): Problem {
  return new Problem({
    status: 404,
    code: 'NOT_FOUND',
    message: `There is no such ${what}.`,
    suggestion: 'It may have been removed meanwhile: go back to the overview.',
  })
}
