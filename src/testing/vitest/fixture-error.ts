/** Where in the test the error belongs, and what it came from. */
export interface Origin {
  /** File, line and column. */
  readonly at?: string | undefined
  readonly cause?: unknown
}

/** An error that the fixture tells at a test's end. Its own stack is nothing to the reader: in its place stands what of the test it is about. */
export function fixtureError(message: string, { at, cause }: Origin = {}): Error {
  const error = cause === undefined ? new Error(message) : new Error(message, { cause })
  error.stack = `Error: ${message}${at === undefined ? '' : `\n    at ${at}`}`
  return error
}
