/** Requests that a well-behaved client never sends, as bytes, and a way to see what a broker makes of them. */
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { apiInfo } from '../../../src/protocol/api-keys.ts'
import { decodeResponse, encodeRequest } from '../../../src/protocol/frame.ts'
import { FrameAssembler } from '../../../src/protocol/frame-assembler.ts'
import type { AnyApi, Api, Input } from '../../../src/protocol/message.ts'
import { ApiVersions } from '../../../src/protocol/messages/api-versions.ts'
import { CreatePartitions } from '../../../src/protocol/messages/create-partitions.ts'
import { CreateTopics } from '../../../src/protocol/messages/create-topics.ts'
import { Heartbeat } from '../../../src/protocol/messages/heartbeat.ts'
import { Metadata } from '../../../src/protocol/messages/metadata.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { RequestHeader } from '../../../src/protocol/messages/request-header.ts'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'

/** The correlation id of the case's own request. */
const CASE = 7
/** The correlation id of what is asked afterwards. */
const PROBE = 77

/** What a broker made of a case. */
export interface Outcome {
  /** The error codes of the answer, wherever they stand in it; null when there was no answer. */
  readonly errors: readonly number[] | null
  /** Whether the connection could be used afterwards. */
  readonly open: boolean
}

/** One case: bytes, and which API and version an answer to them is in. */
export interface BadRequest {
  readonly bytes: Buffer
  readonly api?: AnyApi
  readonly version?: number
}

/** A frame of these bytes, its length in front. */
function framed(...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length)
  return Buffer.concat([length, body])
}

const bytes = (...values: number[]): Buffer => Buffer.from(values)

function header(
  requestApiKey: number,
  requestApiVersion: number,
  headerVersion: 0 | 1 | 2,
  clientId: string | null = 'bad',
) {
  return RequestHeader.encode({ requestApiKey, requestApiVersion, correlationId: CASE, clientId }, headerVersion)
}

/** A whole request of an API. */
function request<Request>(
  api: Api<Request, unknown>,
  version: number,
  body: Input<Request>,
  clientId: string | null = 'bad',
): BadRequest {
  const frame = Buffer.concat(encodeRequest(api, version, { correlationId: CASE, clientId }, body))
  return { bytes: frame, api: api as unknown as AnyApi, version }
}

/** A request whose body is these bytes. */
function raw(api: Api<never, never> | AnyApi, version: number, body: Buffer): BadRequest {
  const head = header(api.key, version, api.requestHeaderVersion(version) as 0 | 1 | 2)
  return { bytes: framed(head, body), api: api as AnyApi, version }
}

function changed(from: BadRequest, change: (frame: Buffer) => Buffer): BadRequest {
  return { ...from, bytes: framed(change(from.bytes.subarray(4))) }
}

const any = (api: unknown): AnyApi => api as AnyApi
const batch = buildBatch([{ value: Buffer.from('value'), timestamp: 1_700_000_000_000 }])
const produce = (records: Buffer[] | null, acks = 1): BadRequest =>
  request(Produce, 7, { acks, timeoutMs: 1000, topicData: [{ name: 'bad', partitionData: [{ index: 0, records }] }] })

function withBadCrc(): Buffer {
  const copy = Buffer.from(batch)
  copy[17] = (copy[17] as number) ^ 0xff
  return copy
}

/** APIs that brokers and controllers use among themselves. */
const BETWEEN_NODES = [4, 5, 6, 7, 52, 53, 54, 56, 58, 59, 62, 63, 67, 70, 73, 82]

const wide = (numPartitions: number, name = `wide-${numPartitions}`) => ({ name, numPartitions, replicationFactor: 1 })

/** The cases, by what they are. */
export const badRequests: Readonly<Record<string, BadRequest>> = {
  'a frame of negative length': { bytes: bytes(0xff, 0xff, 0xff, 0xff) },
  'a frame of the most negative length': { bytes: bytes(0x80, 0, 0, 0) },
  'a frame of one byte more than socket.request.max.bytes': { bytes: bytes(0x06, 0x40, 0, 1) },
  'a frame of length 0': { bytes: bytes(0, 0, 0, 0) },
  'a frame of one byte': { bytes: bytes(0, 0, 0, 1, 0) },
  'a frame that ends within its API key and version': { bytes: bytes(0, 0, 0, 3, 0, 3, 0) },
  'a frame that ends within its correlation id': { bytes: bytes(0, 0, 0, 6, 0, 3, 0, 1, 0, 0) },
  'a frame that ends within its client id': { bytes: framed(header(3, 1, 1).subarray(0, -1)) },
  'a TLS client hello': {
    bytes: Buffer.concat([bytes(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3), Buffer.alloc(64, 0xab)]),
  },
  'an HTTP GET': { bytes: Buffer.from('GET / HTTP/1.1\r\nHost: localhost:9092\r\n\r\n') },
  'an HTTP POST': { bytes: Buffer.from('POST /topics HTTP/1.1\r\nContent-Length: 0\r\n\r\n') },
  'an HTTP/2 preface': { bytes: Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n') },
  'a PROXY protocol header': { bytes: Buffer.from('PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n') },
  'the banner of SSH': { bytes: Buffer.from('SSH-2.0-OpenSSH_9.6\r\n') },
  'an API key that Kafka never had': { bytes: framed(header(999, 0, 1)) },
  'a negative API key': { bytes: framed(header(-1, 0, 1)) },
  'a version of Metadata that Kafka never had': { bytes: framed(header(3, 99, 2), bytes(0)) },
  'a negative version of Metadata': { bytes: framed(header(3, -1, 1)) },
  'a version of ApiVersions that Kafka never had': {
    bytes: framed(header(18, 99, 2)),
    api: any(ApiVersions),
    version: 0,
  },
  'the same, with a body': {
    bytes: framed(header(18, 99, 2), Buffer.alloc(40, 0xff)),
    api: any(ApiVersions),
    version: 0,
  },
  'a negative version of ApiVersions': { bytes: framed(header(18, -1, 1)), api: any(ApiVersions), version: 0 },
  'a null client id': request(Metadata, 9, { topics: [] }, null),
  'a null client id in ApiVersions': request(ApiVersions, 0, {}, null),
  'an empty client id': request(Metadata, 1, { topics: [] }, ''),
  'a flexible request with the old header': {
    bytes: framed(header(3, 9, 1), Metadata.request.encode({ topics: [] }, 9)),
    api: any(Metadata),
    version: 9,
  },
  'an old request with the flexible header': {
    bytes: framed(header(3, 1, 2), Metadata.request.encode({ topics: [] }, 1)),
    api: any(Metadata),
    version: 1,
  },
  'a header with tags that nobody knows': {
    bytes: framed(
      header(3, 9, 2).subarray(0, -1),
      bytes(1, 99, 2, 0xab, 0xcd),
      Metadata.request.encode({ topics: [] }, 9),
    ),
    api: any(Metadata),
    version: 9,
  },
  'a body that is not there': raw(any(Metadata), 1, Buffer.alloc(0)),
  'a body that ends too early': changed(request(Metadata, 9, { topics: [{ name: 'bad' }] }), (frame) =>
    frame.subarray(0, -3),
  ),
  'a body that is followed by more': changed(request(Metadata, 9, { topics: [] }), (frame) =>
    Buffer.concat([frame, Buffer.alloc(9, 0xff)]),
  ),
  'an array of -5 elements where it may be null': raw(any(Metadata), 1, bytes(0xff, 0xff, 0xff, 0xfb)),
  'an array of -5 elements where it may not be null': raw(any(Metadata), 0, bytes(0xff, 0xff, 0xff, 0xfb)),
  'an array of 2^31-1 elements': raw(any(Metadata), 1, bytes(0x7f, 0xff, 0xff, 0xff)),
  'a compact array of 2^31 elements': raw(any(Metadata), 9, bytes(0x80, 0x80, 0x80, 0x80, 0x08)),
  'a compact array of 2^32-1 elements': raw(any(Metadata), 9, bytes(0xff, 0xff, 0xff, 0xff, 0x0f)),
  'a length of more than five bytes': raw(any(Metadata), 9, bytes(0xff, 0xff, 0xff, 0xff, 0xff, 0x01)),
  'a string that is longer than the frame': raw(any(Metadata), 1, bytes(0, 0, 0, 1, 0x7f, 0xff, 0x61)),
  'a null where none may be': raw(any(Heartbeat), 0, bytes(0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff)),
  'text that is not UTF-8': raw(any(Metadata), 1, bytes(0, 0, 0, 1, 0, 2, 0xc3, 0x28)),
  'more tags than there are bytes': raw(any(Heartbeat), 4, bytes(2, 0x67, 0, 0, 0, 1, 1, 0, 0x7f)),
  'a tag that is longer than the frame': raw(any(Heartbeat), 4, bytes(2, 0x67, 0, 0, 0, 1, 1, 0, 1, 5, 0x7f)),
  'the same unknown tag twice': raw(any(Heartbeat), 4, bytes(2, 0x67, 0, 0, 0, 1, 1, 0, 2, 5, 0, 5, 0)),
  'a Produce with records of no bytes': produce([]),
  'a Produce with acks=5': produce([batch], 5),
  'a Produce with acks=0 and a bad checksum': produce([withBadCrc()], 0),
  'a batch with a bad checksum': produce([withBadCrc()]),
  'a batch that is cut short': produce([batch.subarray(0, -3)]),
  'a batch that is cut within its head': produce([batch.subarray(0, 30)]),
  'two batches for one partition': produce([batch, batch]),
  'a topic of 20000 partitions': request(CreateTopics, 5, {
    topics: [wide(20_000)],
    timeoutMs: 9000,
    validateOnly: true,
  }),
  'a topic of 10001 partitions': request(CreateTopics, 5, {
    topics: [wide(10_001)],
    timeoutMs: 9000,
    validateOnly: true,
  }),
  'two topics of 6000 partitions': request(CreateTopics, 5, {
    topics: [wide(6000, 'wide-a'), wide(6000, 'wide-b')],
    timeoutMs: 9000,
    validateOnly: true,
  }),
  'a topic of 2^31-1 partitions': request(CreateTopics, 5, {
    topics: [wide(0x7fffffff)],
    timeoutMs: 9000,
    validateOnly: true,
  }),
  'a topic of 0 partitions': request(CreateTopics, 5, { topics: [wide(0)], timeoutMs: 9000, validateOnly: true }),
  'a topic of -2 partitions': request(CreateTopics, 5, { topics: [wide(-2)], timeoutMs: 9000, validateOnly: true }),
  'a topic to grow to 20000 partitions': request(CreatePartitions, 2, {
    topics: [{ name: 'bad', count: 20_000 }],
    timeoutMs: 9000,
    validateOnly: true,
  }),
  'a topic to grow to 2^31-1 partitions': request(CreatePartitions, 2, {
    topics: [{ name: 'bad', count: 0x7fffffff }],
    timeoutMs: 9000,
    validateOnly: true,
  }),
  ...Object.fromEntries(
    BETWEEN_NODES.map((key) => {
      const { name, max, flexibleFrom } = apiInfo.get(key) ?? { name: key, max: 0, flexibleFrom: 0 }
      return [
        `${name}, which nodes send to nodes`,
        { bytes: framed(header(key, max, max >= flexibleFrom ? 2 : 1), Buffer.alloc(99)) },
      ]
    }),
  ),
}

/** Sends a case, and a request after it that any broker answers, and sees what comes back. */
export async function outcomeOf({ bytes, api, version = 0 }: BadRequest, stream: Duplex): Promise<Outcome> {
  const probe = encodeRequest(ApiVersions, 0, { correlationId: PROBE, clientId: 'probe' }, {})
  const frames = new FrameAssembler(1 << 28)
  let errors: number[] | null = null
  let open = false
  stream.on('error', () => {})
  stream.on('data', (chunk: Buffer) => {
    frames.push(chunk)
    for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
      if (frame.readInt32BE(0) === PROBE) {
        open = true
        stream.destroy()
      } else if (api !== undefined) errors = errorCodes(decodeResponse(api, version, frame).body)
    }
  })
  stream.write(Buffer.concat([bytes, ...probe]))
  await once(stream, 'close')
  return { errors, open }
}

/** Every error code in an answer, in order. */
function errorCodes(value: unknown): number[] {
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    name === 'errorCode' ? [inner as number] : errorCodes(inner),
  )
}
