import { ErrorCode } from '../../protocol/errors.ts'
import { encodeResponse } from '../../protocol/frame.ts'
import { ApiVersions } from '../../protocol/messages/api-versions.ts'
import { isAtLeast, serves } from '../../protocol/release.ts'
import type { Endpoint, Handler, RequestContext } from '../apis/handler.ts'
import type { Broker } from '../broker.ts'
import type { Reply } from '../waiting.ts'
import type { AddressOf } from './address-of.ts'
import type { ConnectedClient } from './connected-client.ts'
import { Exchange } from './exchange.ts'
import type { Interception } from './interception.ts'
import { BadRequestError, described, readHeader } from './request-reader.ts'
import type { Answered } from './wire-faults.ts'

/** How a request reached the broker. */
export interface Origin {
  readonly id: string
  readonly remoteHost: string
  readonly localHost: string
  /** Where this client alone is told that brokers are. */
  readonly addressOf?: AddressOf | undefined
  /** Whoever is at the other end, where somebody wants to know. */
  readonly client?: ConnectedClient
}

/** What a broker serves: by API key. */
export type Handlers = ReadonlyMap<number, Handler<unknown, unknown>>

/** What a dispatcher works with. */
export interface DispatchOptions {
  readonly broker: Broker
  readonly handlers: Handlers
  readonly interception: Interception
  endpointOf(nodeId: number, origin: Origin): Endpoint | undefined
}

/** Finds the handler of a frame, has it answer, and encodes the answer. */
export class Dispatch {
  private readonly options: DispatchOptions

  constructor(options: DispatchOptions) {
    this.options = options
  }

  /**
   * Serves one frame.
   * @throws BadRequestError when it cannot be read or nobody serves it: Kafka closes the connection.
   */
  request(frame: Buffer, origin: Origin): Reply<Answered> {
    const { broker, handlers, interception, endpointOf } = this.options
    const header = readHeader(frame)
    const { requestApiKey, requestApiVersion: version, clientId } = header
    const handler = handlers.get(requestApiKey)
    const range = broker.served.get(requestApiKey)
    if (handler === undefined || range === undefined) {
      throw new BadRequestError(`${described(header)}, an API that is not served`)
    }
    const { api } = handler
    if (!serves(broker.release, api.key, version) || version < range.min || version > range.max) {
      if (api === ApiVersions) return { frames: unsupportedVersion(header.correlationId, broker) }
      throw new BadRequestError(`${described(header)}, a version that is not served (${range.min} to ${range.max} are)`)
    }
    const context: RequestContext = {
      version,
      clientId,
      clientHost: origin.remoteHost,
      endpointOf: (nodeId) => endpointOf(nodeId, origin),
      broker,
    }
    return new Exchange(handler, header, context, origin).answer(frame, interception)
  }
}

/** Whoever asks in an unknown version is answered in version 0. KIP-511 (2.4): with the versions of ApiVersions that there are. */
function unsupportedVersion(correlationId: number, { release, served }: Broker): Buffer[] {
  const range = isAtLeast(release, '2.4') ? served.get(ApiVersions.key) : undefined
  return encodeResponse(ApiVersions, 0, correlationId, {
    errorCode: ErrorCode.UNSUPPORTED_VERSION,
    apiKeys: range === undefined ? [] : [{ apiKey: ApiVersions.key, minVersion: range.min, maxVersion: range.max }],
  })
}
