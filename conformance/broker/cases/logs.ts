/** What the cases about logs send and read: batches, and the bodies of Produce, Fetch and ListOffsets. */
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { type BatchOptions, buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import * as layout from '../../../src/protocol/records/batch-layout.ts'
import { stampCrc } from '../../../src/protocol/records/batch-stamp.ts'
import { decompress } from '../../../src/protocol/records/compression.ts'
import { readBatches } from '../../../src/protocol/records/record-batch.ts'
import type { Topic, World } from '../world.ts'

/** An id that no topic has. */
export const UNKNOWN_ID = 'AAAAAAAAAAAAAAAAAAAAQQ'

/** A name that no topic of this run has, and an id that no topic has. */
export function unknownTopic(world: World): Topic {
  return { name: world.name('unknown'), topicId: UNKNOWN_ID }
}

/** A batch of these values, its times counting from `world.time(0)`. */
export function batch(world: World, values: readonly string[], options: BatchOptions = {}): Buffer {
  const records = values.map((value, i) => ({ key: null, value: Buffer.from(value), timestamp: world.time(i) }))
  return buildBatch(records, options)
}

/** A batch with other bytes, under a CRC that fits. */
export function altered(bytes: Buffer, alter: (bytes: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes)
  alter(copy)
  stampCrc(copy)
  return copy
}

/** What goes to one partition. */
export interface Sent {
  readonly topic: Topic
  /** Default: 0. */
  readonly index?: number
  readonly records: Buffer | null
}

export interface SentWith {
  readonly acks?: number
  readonly timeoutMs?: number
  readonly transactionalId?: string | null
}

/** The body of a Produce: one entry of a topic for each partition. */
export function sending(sent: readonly Sent[], { acks = -1, timeoutMs = 1000, transactionalId = null }: SentWith = {}) {
  return {
    transactionalId,
    acks,
    timeoutMs,
    topicData: sent.map(({ topic: { name, topicId }, index = 0, records }) => ({
      name,
      topicId,
      partitionData: [{ index, records: records === null ? null : [records] }],
    })),
  }
}

/** The body of a Produce to the first partition of a topic. */
export function to(topic: Topic, records: Buffer | null, options: SentWith & { readonly index?: number } = {}) {
  return sending([{ topic, records, index: options.index ?? 0 }], options)
}

/** Has batches appended, one after the other, in a version that every release has. */
export async function append(world: World, topic: Topic, batches: readonly Buffer[], index = 0): Promise<void> {
  for (const records of batches) {
    const { responses } = await world.arrange(Produce, to(topic, records, { index }), {
      version: world.highest(Produce, 12),
    })
    const { errorCode } = responses[0]?.partitionResponses[0] ?? {}
    if (errorCode !== 0) throw new Error(`cannot append to ${topic.name}: ${errorCode}`)
  }
}

/** What is read of one partition. */
export interface Read {
  readonly index?: number
  readonly offset?: number
  readonly maxBytes?: number
  readonly leaderEpoch?: number
  readonly lastFetchedEpoch?: number
  readonly logStartOffset?: number
}

/** A topic of a Fetch, with these of its partitions. Default: the first from its beginning. */
export function from({ name, topicId }: Topic, ...reads: readonly Read[]) {
  return {
    topic: name,
    topicId,
    partitions: (reads.length > 0 ? reads : [{}]).map((read: Read) => ({
      partition: read.index ?? 0,
      fetchOffset: read.offset ?? 0,
      partitionMaxBytes: read.maxBytes ?? 1_000_000,
      currentLeaderEpoch: read.leaderEpoch ?? -1,
      lastFetchedEpoch: read.lastFetchedEpoch ?? -1,
      logStartOffset: read.logStartOffset ?? -1,
    })),
  }
}

export interface FetchedWith {
  readonly maxWaitMs?: number
  readonly minBytes?: number
  readonly maxBytes?: number
  readonly isolationLevel?: number
  readonly sessionId?: number
  readonly sessionEpoch?: number
  readonly replicaId?: number
  readonly rackId?: string
  readonly forgotten?: readonly { readonly topic: Topic; readonly partitions: readonly number[] }[]
}

/** The body of a Fetch, which does not wait unless told to. */
export function fetching(topics: readonly ReturnType<typeof from>[], options: FetchedWith = {}) {
  const { maxWaitMs = 0, minBytes = 1, maxBytes = 50_000_000, isolationLevel = 0, replicaId = -1 } = options
  const { sessionId = 0, sessionEpoch = -1, rackId = '', forgotten = [] } = options
  return {
    replicaId,
    replicaState: { replicaId, replicaEpoch: -1 },
    maxWaitMs,
    minBytes,
    maxBytes,
    isolationLevel,
    sessionId,
    sessionEpoch,
    rackId,
    topics: [...topics],
    forgottenTopicsData: forgotten.map(({ topic: { name, topicId }, partitions }) => ({
      topic: name,
      topicId,
      partitions: [...partitions],
    })),
  }
}

/** The body of a Fetch of one topic from its beginning. */
export function reading(topic: Topic, read: Read = {}, options: FetchedWith = {}) {
  return fetching([from(topic, read)], options)
}

/**
 * The batches that a partition keeps, byte for byte, but for what follows from the rest or is the broker's own affair: the
 * size, the checksum, the time of an append, and how a codec packs.
 */
export async function keptBytes(world: World, topic: Topic): Promise<string[]> {
  const { responses } = await world.arrange(Fetch, reading(topic))
  const bytes = Buffer.concat(responses[0]?.partitions[0]?.records ?? [])
  return [...readBatches(bytes, { allowPartial: true })].map(({ bytes: whole, compression, timestampType }) => {
    const header = Buffer.from(whole.subarray(0, layout.RECORDS))
    header.writeInt32BE(0, layout.BATCH_LENGTH)
    header.writeInt32BE(0, layout.CRC)
    if (timestampType === 'LogAppendTime') layout.writeInt64(header, 0, layout.MAX_TIMESTAMP)
    const records = whole.subarray(layout.RECORDS)
    return Buffer.concat([header, compression === 'none' ? records : decompress(compression, records)]).toString('hex')
  })
}

export interface Listed {
  readonly index?: number
  /** A time in ms, or what stands for a place. */
  readonly timestamp: number
  readonly leaderEpoch?: number
  /** How many offsets, in version 0. */
  readonly most?: number
}

/** The body of a ListOffsets: one entry of the topic for each. */
export function listing(
  { name }: Pick<Topic, 'name'>,
  wanted: readonly Listed[],
  { replicaId = -1, isolationLevel = 0, timeoutMs = 1000 } = {},
) {
  return {
    replicaId,
    isolationLevel,
    timeoutMs,
    topics: [
      {
        name,
        partitions: wanted.map(({ index = 0, timestamp, leaderEpoch = -1, most = 10 }) => ({
          partitionIndex: index,
          timestamp,
          currentLeaderEpoch: leaderEpoch,
          maxNumOffsets: most,
        })),
      },
    ],
  }
}
