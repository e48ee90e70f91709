import pg from 'pg'

/** The fields of an error answer, and the HTTP status where it is not the usual 400. */
export interface ErrorFields {
  /** The true status, as text: the service answers nearly every error with HTTP 400. */
  statusCode: string
  error: string
  message: string
  code: string
  httpStatus?: number
}

/** An answer that is no success, thrown anywhere below a route. */
export class StorageError extends Error {
  override readonly name = 'StorageError'
  readonly fields: ErrorFields

  constructor(fields: ErrorFields) {
    super(fields.message)
    this.fields = fields
  }

  get httpStatus(): number {
    return this.fields.httpStatus ?? 400
  }

  toJSON(): Omit<ErrorFields, 'httpStatus'> {
    const { statusCode, error, message, code } = this.fields
    return { statusCode, error, message, code }
  }
}

function refusal(statusCode: string, error: string, code: string, message: string): StorageError {
  return new StorageError({ statusCode, error, message, code })
}

function breakdown(status: number, error: string, code: string, message: string): StorageError {
  return new StorageError({ statusCode: String(status), error, message, code, httpStatus: status })
}

/** Every error the stand-in knows, named after its `code`. */
export const errors = {
  noSuchKey: () => refusal('404', 'not_found', 'NoSuchKey', 'Object not found'),
  /** Of a row whose bytes an object store has lost. */
  bytesGone: () => refusal('404', 'Not found', 'NoSuchKey', 'The resource was not found'),
  noSuchBucket: () => refusal('404', 'Bucket not found', 'NoSuchBucket', 'Bucket not found'),
  keyAlreadyExists: () => refusal('409', 'Duplicate', 'KeyAlreadyExists', 'The resource already exists'),
  bucketAlreadyExists: () =>
    refusal('409', 'Duplicate', 'BucketAlreadyExists', 'The resource already exists'),
  resourceAlreadyExists: () =>
    refusal('409', 'Duplicate', 'ResourceAlreadyExists', 'The resource already exists'),
  relatedResourceMissing: () =>
    refusal('404', 'InvalidRequest', 'InvalidRequest', 'The related resource does not exist'),
  resourceNotEmpty: () =>
    refusal('409', 'ResourceNotEmpty', 'ResourceNotEmpty', 'The bucket you tried to delete is not empty'),
  invalidKey: (key: string) => refusal('400', 'InvalidKey', 'InvalidKey', `Invalid key: ${key}`),
  invalidBucketName: () => refusal('400', 'Invalid Input', 'InvalidBucketName', 'Bucket name invalid'),
  invalidMimeType: (type: string) =>
    refusal('415', 'invalid_mime_type', 'InvalidMimeType', `mime type ${type} is not supported`),
  invalidContentType: () =>
    refusal('415', 'invalid_mime_type', 'InvalidMimeType', 'Invalid Content-Type header'),
  entityTooLarge: () =>
    refusal('413', 'Payload too large', 'EntityTooLarge', 'The object exceeded the maximum allowed size'),
  invalidParameter: (message: string) => refusal('400', 'InvalidParameter', 'InvalidParameter', message),
  noContent: () => refusal('400', 'InvalidRequest', 'InvalidRequest', 'No content provided'),
  schemaViolation: (message: string) => refusal('400', 'Error', 'InvalidRequest', message),
  unreadableBody: (message: string) => refusal('400', 'FastifyError', 'InvalidRequest', message),
  invalidUploadId: () => refusal('400', 'InvalidUploadId', 'InvalidUploadId', 'Invalid upload id'),
  accessDenied: (message: string) => refusal('403', 'Unauthorized', 'AccessDenied', message),
  rowLevelSecurity: () => errors.accessDenied('new row violates row-level security policy'),
  invalidRole: () => breakdown(403, 'Unauthorized', 'AccessDenied', 'Access denied: Invalid role'),
  bodyTooLarge: () => breakdown(413, 'FastifyError', 'EntityTooLarge', 'Request body is too large'),
  invalidRange: () => breakdown(416, 'invalid_range', 'InvalidRange', 'invalid range provided'),
  slowDown: () =>
    breakdown(429, 'too_many_connections', 'SlowDown', 'Too many connections issued to the database'),
  database: (state: string) =>
    breakdown(500, 'DatabaseError', 'DatabaseError', `database error, code: ${state}`),
  databaseTimeout: () =>
    breakdown(544, 'DatabaseTimeout', 'DatabaseTimeout', 'The connection to the database timed out'),
  internal: () => breakdown(500, 'Internal', 'InternalError', 'Internal Server Error'),
}

/**
 * What the service answers when an error was thrown below a route: its own errors as they are, PostgreSQL's by
 * SQL state, anything else (a missing file, a database that is down) as an internal error.
 */
export function toStorageError(thrown: unknown): StorageError {
  if (thrown instanceof StorageError) return thrown
  if (!(thrown instanceof pg.DatabaseError) || thrown.code === undefined) return errors.internal()
  switch (thrown.code) {
    case '42501':
      return errors.rowLevelSecurity()
    case '23503':
      return errors.relatedResourceMissing()
    case '53300':
      return errors.slowDown()
    case '57014':
      return errors.databaseTimeout()
    default:
      return errors.database(thrown.code)
  }
}

/** Whether PostgreSQL refused a row because one like it exists. */
export function isDuplicate(thrown: unknown): boolean {
  return thrown instanceof pg.DatabaseError && thrown.code === '23505'
}
