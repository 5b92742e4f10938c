/**
 * Operational errors: the world is not as the caller hoped, and there is a next thing to do.
 * A bug is an ordinary throw; an outcome (gate failed, answer unknown) is a value, never an error.
 */

/** Every code with its process exit status. 0 to 2 and 70 are reserved (answered, judged negative, usage, bug). */
export const errorExitStatus = {
  usage: 2,
  file_not_found: 10,
  unknown_format: 11,
  empty_file: 12,
  truncated_file: 13,
  corrupt_file: 14,
  locked_file: 15,
  encrypted_file: 16,
  newer_format: 17,
  unsupported_format: 18,
  tool_missing: 19,
  tool_failed: 20,
  limit_exceeded: 21,
  io_failed: 22,
  missing_data: 23,
  ambiguous: 24,
  acknowledgement_required: 25,
  path_outside_root: 26,
  server_unreachable: 30,
  access_denied: 31,
  query_refused: 32,
  query_too_large: 33,
  server_unavailable: 34,
  timed_out: 35,
  broken_response: 36,
} as const

export type ErrorCode = keyof typeof errorExitStatus

export interface ErrorDetails {
  readonly [key: string]: string | number | boolean | readonly string[] | readonly number[]
}

export class SextantError extends Error {
  override readonly name = 'SextantError'
  readonly code: ErrorCode
  /** The next thing to do, as one imperative sentence. */
  readonly hint: string
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, hint: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.hint = hint
    this.details = details
  }
}

export function isSextantError(error: unknown): error is SextantError {
  return error instanceof SextantError
}
