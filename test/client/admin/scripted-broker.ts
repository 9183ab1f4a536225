import type { Duplex } from 'node:stream'
import { MemorySocket } from '../../../src/broker/network/memory-socket.ts'
import { decodeRequestHeader, decodeResponse, encodeResponse } from '../../../src/protocol/frame.ts'
import { FrameAssembler } from '../../../src/protocol/frame-assembler.ts'
import type { Api, Input } from '../../../src/protocol/message.ts'
import { ApiVersions } from '../../../src/protocol/messages/api-versions.ts'

/** An API that is answered in the place of the broker. */
export interface Scripted {
  readonly api: Api<never, unknown>
  readonly maxVersion: number
  answer(body: unknown, version: number): unknown
}

/** Answers an API, which the broker need not have, in versions up to one: its newest unless told otherwise. */
export function scripted<Request, Response>(
  api: Api<Request, Response>,
  answer: (body: Request, version: number) => Input<Response>,
  maxVersion: number = api.versions.max,
): Scripted {
  return { api: api as Api<never, unknown>, maxVersion, answer: answer as Scripted['answer'] }
}

/**
 * A connection to a broker, some of whose APIs are answered by a script. What ApiVersions tells has them in it.
 * @param broker a stream to the broker, as from `cluster.connect()`
 */
export function scriptedBroker(broker: Duplex, script: readonly Scripted[]): Duplex {
  const [client, near] = MemorySocket.pair()
  const apis = new Map(script.map((one) => [one.api.key, one]))
  const versions = new Map<number, number>()

  const hear = (frame: Buffer): void => {
    const { requestApiKey, requestApiVersion: version, correlationId, bodyOffset } = decodeRequestHeader(frame)
    const own = apis.get(requestApiKey)
    if (own === undefined) {
      if (requestApiKey === ApiVersions.key) versions.set(correlationId, version)
      broker.write(framed(frame))
      return
    }
    const answer = own.answer(own.api.request.decode(frame, version, bodyOffset), version) as Input<unknown>
    near.write(Buffer.concat(encodeResponse(own.api as Api<unknown, unknown>, version, correlationId, answer)))
  }
  const tell = (frame: Buffer): void => {
    const version = versions.get(frame.readInt32BE(0))
    if (version === undefined) {
      near.write(framed(frame))
      return
    }
    const { correlationId, body } = decodeResponse(ApiVersions, version, frame)
    versions.delete(correlationId)
    const others = body.apiKeys.filter(({ apiKey }) => !apis.has(apiKey))
    const own = script.map(({ api, maxVersion }) => ({ apiKey: api.key, minVersion: api.versions.min, maxVersion }))
    const apiKeys = [...others, ...own]
    near.write(Buffer.concat(encodeResponse(ApiVersions, version, correlationId, { ...body, apiKeys })))
  }
  eachFrame(near, hear)
  eachFrame(broker, tell)
  near.on('error', () => {}).on('close', () => broker.destroy())
  broker.on('error', () => {}).on('close', () => near.destroy())
  return client
}

function eachFrame(stream: Duplex, take: (frame: Buffer) => void): void {
  const frames = new FrameAssembler(1 << 30)
  stream.on('data', (chunk: Buffer) => {
    frames.push(chunk)
    for (let frame = frames.next(); frame !== undefined; frame = frames.next()) take(frame)
  })
}

function framed(bytes: Buffer): Buffer {
  const length = Buffer.allocUnsafe(4)
  length.writeInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
