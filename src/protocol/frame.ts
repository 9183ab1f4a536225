/**
 * Frames: a length of four bytes, a header, a message. Which header goes with which API and version is decided here. What is
 * read is a frame without its length.
 */
import { apiInfo } from './api-keys.ts'
import { type Api, type Input, ProtocolError, requestHeaderVersion } from './message.ts'
import { RequestHeader } from './messages/request-header.ts'
import { ResponseHeader } from './messages/response-header.ts'

const LENGTH_SIZE = 4

/**
 * Reads the header of a request: the API's key and version choose its layout. Throws ProtocolError for an API that Kafka never
 * had; a version that it never had is not refused here, since ApiVersions answers even then (KIP-511). A null client id, which
 * Kafka's broker takes for an empty one, stays null.
 */
export function decodeRequestHeader(frame: Buffer): RequestHeader & { bodyOffset: number } {
  if (frame.length < 4) throw new ProtocolError('RequestHeader', 0, '', 0, `a frame of ${frame.length} bytes`)
  const apiKey = frame.readInt16BE(0)
  const info = apiInfo.get(apiKey)
  if (info === undefined)
    throw new ProtocolError('RequestHeader', 0, 'requestApiKey', 0, `there is no API with key ${apiKey}`)
  const headerVersion = requestHeaderVersion(apiKey, frame.readInt16BE(2), info.flexibleFrom)
  const { value, end } = RequestHeader.decodePart(frame, headerVersion, 0)
  return { ...value, bodyOffset: end }
}

/** A request as pieces for one writev: the length, the header, the body; its records are the caller's own buffers. */
export function encodeRequest<Request>(
  api: Api<Request, unknown>,
  version: number,
  header: { readonly correlationId: number; readonly clientId: string | null },
  body: Input<Request>,
): Buffer[] {
  const head = RequestHeader.encode(
    { ...header, requestApiKey: api.key, requestApiVersion: version },
    api.requestHeaderVersion(version),
  )
  return framed(head, api.request.encodeSlices(body, version, LENGTH_SIZE + head.length))
}

/** A response as pieces for one writev. */
export function encodeResponse<Response>(
  api: Api<unknown, Response>,
  version: number,
  correlationId: number,
  body: Input<Response>,
): Buffer[] {
  const head = ResponseHeader.encode({ correlationId }, api.responseHeaderVersion(version))
  return framed(head, api.response.encodeSlices(body, version, LENGTH_SIZE + head.length))
}

/** Reads the answer to a request of this version. */
export function decodeResponse<Response>(
  api: Api<unknown, Response>,
  version: number,
  frame: Buffer,
): { correlationId: number; body: Response } {
  const { value, end } = ResponseHeader.decodePart(frame, api.responseHeaderVersion(version), 0)
  return { correlationId: value.correlationId, body: api.response.decode(frame, version, end) }
}

/** Fills in the length and the header, for which the first of the slices has kept room. */
function framed(head: Buffer, slices: Buffer[]): Buffer[] {
  const first = slices[0] as Buffer
  let length = 0
  for (const slice of slices) length += slice.length
  first.writeInt32BE(length - LENGTH_SIZE, 0)
  head.copy(first, LENGTH_SIZE)
  return slices
}
