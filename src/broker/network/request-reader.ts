/** Reads requests; what cannot be read is told in words that a person understands. */
import { apiInfo } from '../../protocol/api-keys.ts'
import { decodeRequestHeader } from '../../protocol/frame.ts'
import { ProtocolError } from '../../protocol/message.ts'
import type { Handler } from '../apis/handler.ts'

/** A frame that Kafka closes the connection at, with who sent what, and what is wrong with it. */
export class BadRequestError extends Error {
  override readonly name = 'BadRequestError'
}

export type Header = ReturnType<typeof decodeRequestHeader>

/** As much of a client id as is shown. */
const SHOWN_CHARS = 100

/** @throws BadRequestError when there is none, or it is of an API that Kafka never had */
export function readHeader(frame: Buffer): Header {
  try {
    return decodeRequestHeader(frame)
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    throw new BadRequestError(`it sent a frame that is no request: ${error.message}`)
  }
}

/** @throws BadRequestError when it is not what the API and the version of the header say */
export function readBody({ request }: Handler<unknown, unknown>['api'], frame: Buffer, header: Header): unknown {
  try {
    // Kafka does not look at what follows a request; librdkafka sends three bytes too many with some of its Metadata v13.
    return request.decode(frame, header.requestApiVersion, header.bodyOffset, 'ignore')
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    throw new BadRequestError(`${described(header)}, unreadable: ${error.message}`)
  }
}

/** Who sent what. */
export function described({ requestApiKey, requestApiVersion, clientId }: Header): string {
  const name = apiInfo.get(requestApiKey)?.name ?? `API ${requestApiKey}`
  // Quoted: a client id may be anything, and this is to be one line.
  const sender =
    clientId === null || clientId === '' ? 'it' : `client ${JSON.stringify(clientId.slice(0, SHOWN_CHARS))}`
  return `${sender} sent ${name} v${requestApiVersion}`
}
