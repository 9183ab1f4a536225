import { once } from 'node:events'
import { connect } from 'node:net'
import { decodeResponse, encodeRequest } from '../../src/protocol/frame.ts'
import { FrameAssembler } from '../../src/protocol/frame-assembler.ts'
import type { Api, Input } from '../../src/protocol/message.ts'
import { ApiVersions, type ApiVersionsResponse } from '../../src/protocol/messages/api-versions.ts'
import { Produce } from '../../src/protocol/messages/produce.ts'
import { RequestHeader } from '../../src/protocol/messages/request-header.ts'
import type { ApiTable } from './advertised.ts'

/** More than any release has. */
const UNKNOWN_VERSION = 99

const HIGHEST_ANSWER_BYTES = 1 << 20
const HEADER = { correlationId: 1, clientId: 'releases' }

/** What a broker does with requests by which clients find out what they may ask for. */
export interface Answers {
  /** To ApiVersions, by its version. Where there is none the connection closed. */
  readonly apiVersions: ReadonlyMap<number, ApiVersionsResponse>
  /** To ApiVersions in a version that no release has, read in version 0 (KIP-511); undefined where the connection closed. */
  readonly unknownVersion: ApiVersionsResponse | undefined
  /** The versions up to 3 in which Produce is answered. In others the connection closes. */
  readonly produce: readonly number[]
}

/** Asks a broker, each request on a connection of its own. */
export async function answersOf(address: string): Promise<Answers> {
  const apiVersions = new Map<number, ApiVersionsResponse>()
  for (let version = 0; version <= ApiVersions.versions.max; version++) {
    const software = { clientSoftwareName: 'releases', clientSoftwareVersion: '1' }
    const answer = await exchange(address, ApiVersions, version, version < 3 ? {} : software)
    // What is not known is answered as well: in version 0.
    if (answer !== undefined && answer.readInt16BE(4) === 0) {
      apiVersions.set(version, decodeResponse(ApiVersions, version, answer).body)
    }
  }
  const produce: number[] = []
  for (let version = 0; version <= 3; version++) {
    const answer = await exchange(address, Produce, version, { acks: 1, timeoutMs: 1000, topicData: [] })
    if (answer !== undefined) produce.push(version)
  }
  const header = { ...HEADER, requestApiKey: ApiVersions.key, requestApiVersion: UNKNOWN_VERSION }
  const unknown = await firstFrame(address, [framed(RequestHeader.encode(header, 2))])
  const unknownVersion = unknown && decodeResponse(ApiVersions, 0, unknown).body
  return { apiVersions, unknownVersion, produce }
}

/** The APIs of an answer, by their keys. */
export function tableOf({ apiKeys }: Pick<ApiVersionsResponse, 'apiKeys'>): ApiTable {
  return new Map(apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, [minVersion, maxVersion]]))
}

function exchange<Request>(address: string, api: Api<Request, unknown>, version: number, body: Input<Request>) {
  return firstFrame(address, encodeRequest(api, version, HEADER, body))
}

/** The first frame that comes back; undefined when the connection is closed before. */
async function firstFrame(address: string, request: readonly Buffer[]): Promise<Buffer | undefined> {
  const [host, port] = address.split(':')
  const socket = connect(Number(port), host)
  await once(socket, 'connect')
  try {
    socket.write(Buffer.concat(request))
    const frames = new FrameAssembler(HIGHEST_ANSWER_BYTES)
    for await (const chunk of socket) {
      frames.push(chunk)
      const frame = frames.next()
      if (frame !== undefined) return frame
    }
    return undefined
  } catch {
    return undefined
  } finally {
    socket.destroy()
  }
}

function framed(body: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length)
  return Buffer.concat([length, body])
}
