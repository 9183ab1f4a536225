import { ErrSASLAuthenticationFailed } from '../../errors/kafka-errors.ts'

/** The client's side of a SASL mechanism (RFC 4422): what it says, and what it says to what it is told. Made anew for every exchange. */
export interface Mechanism {
  /** The first message; every mechanism here lets the client speak first. */
  start(): Buffer | Promise<Buffer>
  /**
   * The reply to the server's message; undefined when all is said.
   * @throws ErrSASLAuthenticationFailed when the server is not what it should be, or says that it refuses
   */
  next(challenge: Buffer): Buffer | undefined
}

/** Says who failed, and why. */
export function failure(mechanism: string, reason: string): Error {
  return new ErrSASLAuthenticationFailed(`SASL ${mechanism}: ${reason}`)
}
