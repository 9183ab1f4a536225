/** What upstream tells of itself at the start. */

import { once } from 'node:events'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Clock } from '../broker/clock.ts'
import { decodeResponse, encodeRequest } from '../protocol/frame.ts'
import { FrameAssembler } from '../protocol/frame-assembler.ts'
import { type HostPort, hostPortText } from '../protocol/host-port.ts'
import type { Api, Input } from '../protocol/message.ts'
import { ApiVersions } from '../protocol/messages/api-versions.ts'
import { Metadata } from '../protocol/messages/metadata.ts'
import type { Dial } from './dial.ts'

/** Upstream is not there, or is no Kafka. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError'
}

/** A cluster as one of its brokers tells of it. */
export interface Upstream {
  /** Who was asked. */
  readonly address: HostPort
  readonly clusterId: string | null
  /** Undefined: it tells nobody who has not said who he is (SASL). */
  readonly brokers: readonly (HostPort & { readonly nodeId: number })[] | undefined
}

const CLIENT_ID = 'memkafka-proxy'
const LONGEST_ANSWER = 1 << 26
/** The one in which a list of no topics asks for none is 1. */
const METADATA = { min: 1, max: 12 }

/**
 * Asks every address, and gives what those say that answer.
 * @throws UpstreamError when none of them does, or when they are of several clusters
 */
export async function probe(
  addresses: readonly HostPort[],
  { dial, clock, timeoutMs }: { readonly dial: Dial; readonly clock: Clock; readonly timeoutMs: number },
): Promise<readonly Upstream[]> {
  const asked = await Promise.allSettled(addresses.map((address) => ask(address, dial, clock, timeoutMs)))
  const found = asked.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  if (found.length === 0) {
    const failures = asked.map((result) => (result.status === 'rejected' ? String(result.reason.message) : ''))
    throw new UpstreamError(failures.join('; '))
  }
  const clusters = new Set(found.flatMap(({ clusterId }) => (clusterId === null ? [] : [clusterId])))
  if (clusters.size > 1) {
    const told = found.map(({ address, clusterId }) => `${hostPortText(address)} is of cluster ${clusterId}`)
    throw new UpstreamError(`the addresses of upstream are of several clusters: ${told.join(', ')}`)
  }
  return found
}

async function ask(address: HostPort, dial: Dial, clock: Clock, timeoutMs: number): Promise<Upstream> {
  const where = `upstream ${hostPortText(address)}`
  const socket = dial(address)
  let isLate = false
  const timer = clock.setTimer(timeoutMs, () => {
    isLate = true
    socket.destroy(new Error('late'))
  })
  const line = new Line(socket)
  try {
    const isTls = socket instanceof TLSSocket
    await once(socket, isTls ? 'secureConnect' : 'connect').catch((error: NodeJS.ErrnoException) => {
      throw new UpstreamError(`${where} cannot be reached${isTls ? ' by TLS' : ''}: ${error.message || error.code}`)
    })
    const versions = await line.send(ApiVersions, 0, {}).catch((error: Error) => {
      throw new UpstreamError(`${where} does not answer as a broker of Kafka does: ${error.message}`)
    })
    const served = versions.apiKeys.find(({ apiKey }) => apiKey === Metadata.key)
    const version = Math.min(served?.maxVersion ?? -1, METADATA.max)
    if (served === undefined || version < Math.max(served.minVersion, METADATA.min)) {
      throw new UpstreamError(`${where} serves no Metadata that memkafka knows: a controller, or a broker before 0.10`)
    }
    // A broker that wants SASL first closes the connection at anything else.
    const metadata = await line.send(Metadata, version, { topics: [] }).catch(() => undefined)
    if (isLate) throw new UpstreamError('')
    return { address, clusterId: metadata?.clusterId ?? null, brokers: metadata?.brokers }
  } catch (error) {
    if (!isLate) throw error
    throw new UpstreamError(`${where} has not answered within ${timeoutMs} ms`)
  } finally {
    timer.cancel()
    socket.destroy()
  }
}

/** One request at a time. */
class Line {
  private readonly socket: Socket
  private readonly frames = new FrameAssembler(LONGEST_ANSWER)
  private failure: Error | undefined
  private look: () => void = () => {}

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.frames.push(chunk)
      this.look()
    })
    const failed = (error: Error): void => {
      this.failure ??= error
      this.look()
    }
    socket.on('error', failed)
    socket.on('close', () => failed(new Error('it closes the connection')))
  }

  send<Request, Response>(api: Api<Request, Response>, version: number, body: Input<Request>): Promise<Response> {
    this.socket.write(Buffer.concat(encodeRequest(api, version, { correlationId: 0, clientId: CLIENT_ID }, body)))
    return new Promise((resolve, reject) => {
      this.look = () => {
        try {
          const frame = this.frames.next()
          if (frame !== undefined) resolve(decodeResponse(api as Api<unknown, Response>, version, frame).body)
          else if (this.failure !== undefined) reject(this.failure)
        } catch (error) {
          reject(error)
        }
      }
      this.look()
    })
  }
}
