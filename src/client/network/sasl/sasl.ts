import type { Api, Input } from '../../../protocol/message.ts'
import type { SASLConfig } from '../../config/config.ts'
import type { Random } from '../../time.ts'

/** A connection whose other end has yet to be told who this is: what SASL needs of it. */
export interface SASLPeer {
  /**
   * Sends SaslHandshake or SaslAuthenticate in the newest version that both sides know, but none above `maxVersion`, and waits for the answer.
   * Rejects when the connection is lost or no answer comes in time, never for an error code inside the answer.
   */
  send<Request, Response>(
    api: Api<Request, Response>,
    body: Input<Request>,
    options?: { readonly maxVersion?: number },
  ): Promise<Response>
  /**
   * The same without Kafka's frames, as after SaslHandshake v0: sends four bytes of length and the token, reads four bytes of length
   * and resolves with the token after it. Rejects when the connection is lost: before SaslAuthenticate there was no other way to refuse.
   */
  exchangeRaw(token: Buffer): Promise<Buffer>
}

/**
 * Says who this is, by `config.mechanism`.
 *
 * @returns for how many ms the broker takes the connection for authenticated (KIP-368); 0: for as long as it is open
 * @throws ErrUnsupportedSASLMechanism with the mechanisms that the broker has, ErrSASLAuthenticationFailed with the broker's message, or what
 * is wrong with its answers
 */
export async function authenticate(
  config: SASLConfig,
  peer: SASLPeer,
  random: Random,
): Promise<{ sessionLifetimeMs: number }> {
  throw new Error(`${config} ${peer} ${random}`)
}
