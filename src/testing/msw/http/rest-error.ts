/** What a REST service of Confluent's answers instead of a result: `{"error_code": …, "message": …}`. */
export class RestError extends Error {
  override readonly name = 'RestError'
  /** The HTTP status. */
  readonly status: number
  /** The status itself, or two digits more: 40401 is a kind of 404. */
  readonly errorCode: number

  constructor(status: number, errorCode: number, message: string) {
    super(message)
    this.status = status
    this.errorCode = errorCode
  }
}

/** What the servlet container says of what it has no resource for. */
export function httpError(status: number, reason: string): RestError {
  return new RestError(status, status, `HTTP ${status} ${reason}`)
}
