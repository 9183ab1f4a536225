/**
 * The bytes are not a message, or the value cannot be written as one. Says which message and version, the path of the field
 * (`topics[2].partitions[0].records`), and, when reading, the offset in the buffer where it went wrong.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  /** `FetchRequest`, `RequestHeader`, … */
  readonly messageName: string
  readonly version: number
  /** The field, from the message down; empty for the message itself. */
  readonly path: string
  /** Where in the buffer reading stopped; undefined when writing. */
  readonly offset: number | undefined
  readonly reason: string

  constructor(messageName: string, version: number, path: string, offset: number | undefined, reason: string) {
    const at = offset === undefined ? '' : ` at byte ${offset}`
    super(`${messageName} v${version}${path === '' ? '' : `, ${path}`}${at}: ${reason}`)
    this.messageName = messageName
    this.version = version
    this.path = path
    this.offset = offset
    this.reason = reason
  }
}

/** What goes wrong deep inside a message: it gathers its path on the way out, and becomes a ProtocolError at the top. */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly offset: number | undefined
  path = ''

  constructor(reason: string, offset?: number) {
    super(reason)
    this.offset = offset
  }

  /** The same fault, seen from the struct or array around it: `step` is a field name or `[index]`. */
  within(step: string): this {
    if (this.path === '') this.path = step
    else this.path = this.path.startsWith('[') ? `${step}${this.path}` : `${step}.${this.path}`
    return this
  }
}
