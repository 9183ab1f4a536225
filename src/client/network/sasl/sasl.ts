import { ErrorCode } from '../../../protocol/errors.ts'
import type { Api, Input } from '../../../protocol/message.ts'
import { SaslAuthenticate } from '../../../protocol/messages/sasl-authenticate.ts'
import { SaslHandshake } from '../../../protocol/messages/sasl-handshake.ts'
import type { SASLConfig } from '../../config/sections.ts'
import { throwIf } from '../../errors/kafka-error.ts'
import { ErrNetworkException, ErrUnsupportedSASLMechanism } from '../../errors/kafka-errors.ts'
import type { Random } from '../../time.ts'
import { failure, type Mechanism } from './mechanism.ts'
import { oauthBearer } from './oauth-bearer.ts'
import { plain } from './plain.ts'
import { scram } from './scram.ts'

/** A connection whose other end has yet to be told who this is: what SASL needs of it. */
interface SASLPeer {
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
  const mechanism = mechanismOf(config, random)
  // As in Sarama: OAUTHBEARER is younger than SaslAuthenticate.
  const version = config.mechanism === 'OAUTHBEARER' ? 1 : config.version
  if (config.handshake) await handshake(config.mechanism, peer, version)
  let sessionLifetimeMs = 0
  const exchange = async (token: Buffer): Promise<Buffer> => {
    if (version === 0) return exchangeRaw(config.mechanism, peer, token)
    const response = await peer.send(SaslAuthenticate, { authBytes: token })
    throwIf(response.errorCode, response.errorMessage)
    sessionLifetimeMs = response.sessionLifetimeMs
    return response.authBytes
  }
  let token: Buffer | undefined = await mechanism.start()
  while (token !== undefined) token = mechanism.next(await exchange(token))
  return { sessionLifetimeMs }
}

function mechanismOf(config: SASLConfig, random: Random): Mechanism {
  switch (config.mechanism) {
    case 'PLAIN':
      return plain(config)
    case 'SCRAM-SHA-256':
    case 'SCRAM-SHA-512':
      return scram(config.mechanism, config, random)
    case 'OAUTHBEARER':
      return oauthBearer(config.tokenProvider)
  }
}

async function handshake(mechanism: string, peer: SASLPeer, version: 0 | 1): Promise<void> {
  const { errorCode, mechanisms } = await peer.send(SaslHandshake, { mechanism }, { maxVersion: version })
  if (errorCode === ErrorCode.UNSUPPORTED_SASL_MECHANISM) {
    throw new ErrUnsupportedSASLMechanism(`SASL: the broker does not have ${mechanism}, but ${mechanisms.join(', ')}`)
  }
  throwIf(errorCode)
}

async function exchangeRaw(mechanism: string, peer: SASLPeer, token: Buffer): Promise<Buffer> {
  try {
    return await peer.exchangeRaw(token)
  } catch (error) {
    if (!(error instanceof ErrNetworkException)) throw error
    // Without SaslAuthenticate there is no other refusal than to hang up.
    throw failure(mechanism, `the broker refused, or went away: ${error.message}`)
  }
}
