/**
 * Sends every case of produce-cases.ts to a broker, and says where it answers or keeps something else than memkafka's own check
 * would: `node conformance/records/produce.ts 127.0.0.1:9092 [old]`. With `old` also what Kafka 4 no longer knows.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { errorName } from '../../src/protocol/errors.ts'
import { decodeResponse, encodeRequest } from '../../src/protocol/frame.ts'
import type { Api, Input } from '../../src/protocol/message.ts'
import { CreateTopics } from '../../src/protocol/messages/create-topics.ts'
import { Fetch } from '../../src/protocol/messages/fetch.ts'
import { Metadata } from '../../src/protocol/messages/metadata.ts'
import { Produce } from '../../src/protocol/messages/produce.ts'
import { stampBatch, stampTimestamp } from '../../src/protocol/records/batch-stamp.ts'
import { type RecordBatch, readBatches } from '../../src/protocol/records/record-batch.ts'
import { RecordsError } from '../../src/protocol/records/records-error.ts'
import { validateForAppend, validateProduceRecords } from '../../src/protocol/records/validate-append.ts'
import { batchCases, oldCases, type ProduceCase, type TopicName, topics } from './produce-cases.ts'

const [address = '127.0.0.1:9092', old] = process.argv.slice(2)
const [host, port] = address.split(':')
const socket = connect(Number(port), host)
await once(socket, 'connect')
const chunks = socket[Symbol.asyncIterator]()
let received: Buffer = Buffer.alloc(0)
let correlationId = 0

/** One request and its answer: there is never more than one under way. */
async function call<Request, Response>(
  api: Api<Request, Response>,
  version: number,
  body: Input<Request>,
): Promise<Response> {
  correlationId++
  for (const slice of encodeRequest(api, version, { correlationId, clientId: 'conformance' }, body)) socket.write(slice)
  while (received.length < 4 || received.length < 4 + received.readInt32BE(0)) {
    const { done, value } = await chunks.next()
    if (done === true) throw new Error(`The broker closed the connection at ${api.name}`)
    received = Buffer.concat([received, value as Buffer])
  }
  const end = 4 + received.readInt32BE(0)
  const frame = received.subarray(4, end)
  received = received.subarray(end)
  return decodeResponse(api, version, frame).body
}

const run = Date.now()
const topicName = (topic: TopicName) => `${topic}-${run}`

await call(CreateTopics, 4, {
  topics: (Object.keys(topics) as TopicName[]).map((topic) => ({
    name: topicName(topic),
    numPartitions: 1,
    replicationFactor: 1,
    configs: Object.entries(topics[topic].configs).map(([name, value]) => ({ name, value })),
  })),
  timeoutMs: 10_000,
})

interface Verdict {
  readonly error: string
  readonly faults: readonly (readonly [number, string | null])[]
  /** What is kept. */
  readonly batch: RecordBatch | null
}

async function broker(topic: TopicName, version: number, bytes: Buffer): Promise<Verdict> {
  const name = topicName(topic)
  for (;;) {
    const { responses } = await call(Produce, version, {
      acks: -1,
      timeoutMs: 5000,
      topicData: [{ name, partitionData: [{ index: 0, records: [bytes] }] }],
    })
    const answer = responses[0]?.partitionResponses[0]
    if (answer === undefined) throw new Error('Produce was answered without its partition')
    const error = errorName(answer.errorCode)
    // A topic that has just been made may not have its leader yet.
    if (error === 'NOT_LEADER_OR_FOLLOWER' || error === 'UNKNOWN_TOPIC_OR_PARTITION') {
      await call(Metadata, 4, { topics: [{ name }] })
      continue
    }
    const faults = answer.recordErrors.map((fault) => [fault.batchIndex, fault.batchIndexErrorMessage] as const)
    return { error, faults, batch: error === 'NONE' ? await kept(name, answer.baseOffset) : null }
  }
}

async function kept(topic: string, offset: number): Promise<RecordBatch | null> {
  if (offset < 0) return null
  const { responses } = await call(Fetch, 4, {
    replicaId: -1,
    maxWaitMs: 1000,
    minBytes: 1,
    maxBytes: 1_000_000,
    topics: [{ topic, partitions: [{ partition: 0, fetchOffset: offset, partitionMaxBytes: 1_000_000 }] }],
  })
  const records = Buffer.concat(responses[0]?.partitions[0]?.records ?? [])
  const [batch] = readBatches(records, { allowPartial: true })
  return batch ?? null
}

function ours(topic: TopicName, version: number, bytes: Buffer): Verdict {
  const rules = {
    topicPartition: `${topicName(topic)}-0`,
    now: Date.now(),
    timestampAfterMaxMs: 3_600_000,
    ...topics[topic].rules,
  }
  try {
    validateProduceRecords(version, bytes)
    return { error: 'NONE', faults: [], batch: validateForAppend(bytes, rules)?.batch ?? null }
  } catch (error) {
    if (!(error instanceof RecordsError)) throw error
    // Record errors came with version 8 (KIP-467).
    const faults = version < 8 ? [] : error.recordFaults.map((fault) => [fault.batchIndex, fault.message] as const)
    return { error: error.error, faults, batch: null }
  }
}

/** How what is kept differs, once ours has the offset, the epoch and the time of theirs; null for not at all. */
function difference(theirs: RecordBatch | null, own: RecordBatch | null): string | null {
  if (theirs === null || own === null) return theirs === own ? null : 'only one of them keeps it'
  stampBatch(own.bytes, theirs.baseOffset, theirs.partitionLeaderEpoch)
  if (own.timestampType === 'LogAppendTime') stampTimestamp(own.bytes, 'LogAppendTime', theirs.maxTimestamp)
  if (own.bytes.equals(theirs.bytes)) return null
  const header = (batch: RecordBatch) => {
    const {
      attributes,
      lastOffset,
      baseTimestamp,
      maxTimestamp,
      producerId,
      producerEpoch,
      baseSequence,
      recordCount,
    } = batch
    return [attributes, lastOffset, baseTimestamp, maxTimestamp, producerId, producerEpoch, baseSequence, recordCount]
  }
  const same =
    isDeepStrictEqual([...theirs.records()], [...own.records()]) && isDeepStrictEqual(header(theirs), header(own))
  // Java's codecs pack the same records into other bytes than ours.
  return same && own.compression !== 'none' ? null : 'they keep different bytes'
}

/** The range in a message moves with the clock. */
const withoutRange = (message: string | null) => message?.replace(/within \[.*\]$/, 'within the range') ?? null

const cases: readonly ProduceCase[] = old === 'old' ? [...batchCases, ...oldCases] : batchCases
let different = 0
for (const [name, topic, version, bytes] of cases) {
  const theirs = await broker(topic, version, Buffer.from(bytes))
  const own = ours(topic, version, Buffer.from(bytes))
  const words = ({ error, faults }: Verdict) => [
    error,
    faults.map(([index, message]) => [index, withoutRange(message)]),
  ]
  const kept = difference(theirs.batch, own.batch)
  if (isDeepStrictEqual(words(theirs), words(own)) && kept === null) continue
  different++
  console.log(`${topic}, version ${version}: ${name}`, { broker: words(theirs), ours: words(own), kept })
}
console.log(`${cases.length} cases, ${different} different`)
socket.destroy()
process.exitCode = different === 0 ? 0 : 1
