import { setTimeout } from 'node:timers/promises'
import { ErrorCode } from '../src/protocol/errors.ts'
import { encodeRequest } from '../src/protocol/frame.ts'
import { ApiVersions } from '../src/protocol/messages/api-versions.ts'
import { CreateTopics } from '../src/protocol/messages/create-topics.ts'
import { DeleteTopics } from '../src/protocol/messages/delete-topics.ts'
import { Fetch } from '../src/protocol/messages/fetch.ts'
import { ListOffsets, type ListOffsetsPartitionResponse } from '../src/protocol/messages/list-offsets.ts'
import { Produce } from '../src/protocol/messages/produce.ts'
import { buildBatch } from '../src/protocol/records/batch-builder.ts'
import { ZERO_UUID } from '../src/protocol/uuid.ts'
import type { WireClient } from '../test/wire-client.ts'

export const TOPIC = 'bench'

/** How clients ask: `max.partition.fetch.bytes` and `fetch.max.wait.ms` of Kafka's consumer. */
const MAX_PARTITION_BYTES = 1 << 20
const MAX_WAIT_MS = 500
const LATEST = -1
/** How often a broker is asked whether it has heard of a change, and how long in between. */
const TRIES = 1000
const PAUSE_MS = 10

const header = { correlationId: 1, clientId: 'bench' }

/** Records of one batch: so many of a size that the batch, with what stands around each, is no larger than `batchBytes`. */
export function recordsIn(batchBytes: number, recordBytes: number): number {
  return Math.max(1, Math.floor((batchBytes - 61) / (recordBytes + 12)))
}

/** A Produce request with one uncompressed batch, acks=all, as one buffer. */
export function produceRequest(records: number, recordBytes: number, topic: string = TOPIC): Buffer {
  const value = Buffer.alloc(recordBytes, 'memkafka')
  const timestamp = Date.now()
  const batch = buildBatch(Array.from({ length: records }, () => ({ value, timestamp })))
  return Buffer.concat(
    encodeRequest(Produce, 9, header, {
      acks: -1,
      timeoutMs: 30_000,
      topicData: [{ name: topic, partitionData: [{ index: 0, records: [batch] }] }],
    }),
  )
}

/** The last version in which a Fetch names topics, and in which no answer tells where nodes are. */
export const FETCH_BY_NAME = 12

/** A Fetch request from an offset on, as one buffer. */
export function fetchRequest(
  fetchOffset: number,
  {
    topic = TOPIC,
    topicId = ZERO_UUID,
    version = FETCH_BY_NAME,
    minBytes = 1,
    maxWaitMs = MAX_WAIT_MS,
    partitionMaxBytes = MAX_PARTITION_BYTES,
  } = {},
): Buffer {
  return Buffer.concat(
    encodeRequest(Fetch, version, header, {
      maxWaitMs,
      minBytes,
      sessionEpoch: -1,
      topics: [{ topic, topicId, partitions: [{ partition: 0, fetchOffset, partitionMaxBytes }] }],
    }),
  )
}

/** The newest version of Fetch that a broker serves and memkafka knows. */
export async function newestFetch(client: WireClient): Promise<number> {
  const { apiKeys } = await client.send(ApiVersions, 0, {})
  return Math.min(apiKeys.find(({ apiKey }) => apiKey === Fetch.key)?.maxVersion ?? -1, Fetch.versions.max)
}

/** Gives the topic's id, when it can be produced to: a broker of Kafka hears of it after the client does. */
export async function createTopic(client: WireClient, name: string = TOPIC): Promise<string> {
  const { topics } = await client.send(CreateTopics, 7, {
    topics: [{ name, numPartitions: 1, replicationFactor: 1 }],
    timeoutMs: 30_000,
  })
  mustBeNone(topics[0]?.errorCode)
  await answering(client, name, ErrorCode.NONE)
  return topics[0]?.topicId ?? ZERO_UUID
}

export async function deleteTopic(client: WireClient, name: string = TOPIC): Promise<void> {
  const { responses } = await client.send(DeleteTopics, 4, { topicNames: [name], timeoutMs: 30_000 })
  mustBeNone(responses[0]?.errorCode)
  await answering(client, name, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
}

/** Waits until the broker answers so when it is asked for the end of the topic. */
async function answering(client: WireClient, name: string, wanted: number): Promise<void> {
  for (let left = TRIES; left > 0; left--) {
    if ((await endOf(client, name))?.errorCode === wanted) return
    await setTimeout(PAUSE_MS)
  }
  throw new Error(`the broker does not come to answer with error code ${wanted} for topic ${name}`)
}

/** How many records are in the partition: what was acknowledged must be there. */
export async function endOffset(client: WireClient): Promise<number> {
  const partition = await endOf(client, TOPIC)
  mustBeNone(partition?.errorCode)
  return partition?.offset ?? -1
}

async function endOf(client: WireClient, name: string): Promise<ListOffsetsPartitionResponse | undefined> {
  const { topics } = await client.send(ListOffsets, 5, {
    topics: [{ name, partitions: [{ partitionIndex: 0, timestamp: LATEST }] }],
  })
  return topics[0]?.partitions[0]
}

/** Records and bytes of the batches that a Fetch request from an offset on gives. */
export async function fetchOnce(client: WireClient, fetchOffset: number): Promise<{ bytes: number; batches: Buffer }> {
  const { responses } = await client.send(Fetch, 12, {
    maxWaitMs: MAX_WAIT_MS,
    minBytes: 1,
    sessionEpoch: -1,
    topics: [{ topic: TOPIC, partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: MAX_PARTITION_BYTES }] }],
  })
  const partition = responses[0]?.partitions[0]
  mustBeNone(partition?.errorCode)
  const batches = Buffer.concat(partition?.records ?? [])
  return { bytes: batches.length, batches }
}

function mustBeNone(errorCode: number | undefined): void {
  if (errorCode !== 0) throw new Error(`the broker answered with error code ${errorCode}`)
}
