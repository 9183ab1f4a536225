/** What a group's coordinator writes to `__consumer_offsets`, read back by a Fetch. */
import { decodeKey, decodeValue, recordPrefix } from '../../../src/protocol/log-record.ts'
import type { Message } from '../../../src/protocol/message.ts'
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { ListOffsets } from '../../../src/protocol/messages/list-offsets.ts'
import { Metadata } from '../../../src/protocol/messages/metadata.ts'
import { GroupMetadataKey, GroupMetadataValue } from '../../../src/protocol/messages/records/group-metadata.ts'
import { OffsetCommitKey, OffsetCommitValue } from '../../../src/protocol/messages/records/offset-commit.ts'
import type { KafkaRecord } from '../../../src/protocol/records/record.ts'
import { readBatches } from '../../../src/protocol/records/record-batch.ts'
import type { World } from '../world.ts'

const TOPIC = '__consumer_offsets'

/** How far the clocks of a broker and of a script may be apart, and how long a case may take, ms. */
const RUN_MS = 60_000

/** What is written for a group from now on. */
export interface CommittedRecords {
  /** Has it compared: the records of this group alone. In which batches they stand is a matter of time, not of what is asked. */
  note(as: string): Promise<void>
}

/** Notes from where on a group's records are to be compared. Its coordinator must be there. */
export async function committedRecords(world: World, groupId: string): Promise<CommittedRecords> {
  const { topics } = await world.arrange(Metadata, { topics: [{ name: TOPIC }] })
  const [topic] = topics
  if (topic === undefined) throw new Error(`there is no ${TOPIC}`)
  const partition = partitionOf(groupId, topic.partitions.length)
  const from = await endOf(world, partition)
  return {
    async note(as) {
      const end = await endOf(world, partition)
      world.note(as, await recordsBetween(world, { groupId, partition, topicId: topic.topicId }, from, end))
    },
  }
}

/** As Kafka has it: the hash of Java's strings, without its sign. */
function partitionOf(groupId: string, partitions: number): number {
  let hash = 0
  for (let i = 0; i < groupId.length; i++) hash = (Math.imul(hash, 31) + groupId.charCodeAt(i)) | 0
  return hash === -(2 ** 31) ? 0 : Math.abs(hash) % partitions
}

async function endOf(world: World, partitionIndex: number): Promise<number> {
  const partitions = [{ partitionIndex, timestamp: -1, currentLeaderEpoch: -1 }]
  const { topics } = await world.arrange(ListOffsets, { replicaId: -1, topics: [{ name: TOPIC, partitions }] })
  return topics[0]?.partitions[0]?.offset ?? -1
}

interface Source {
  readonly groupId: string
  readonly partition: number
  readonly topicId: string
}

async function recordsBetween(world: World, source: Source, first: number, end: number): Promise<unknown> {
  /** Each way in which a batch is written, once. */
  const batches = new Map<string, unknown>()
  const all: unknown[] = []
  let fetchOffset = first
  while (fetchOffset < end) {
    const partitions = [{ partition: source.partition, fetchOffset, partitionMaxBytes: 1 << 20 }]
    const body = { maxWaitMs: 0, minBytes: 0, topics: [{ topic: TOPIC, topicId: source.topicId, partitions }] }
    const { responses } = await world.arrange(Fetch, body)
    const [answer] = responses[0]?.partitions ?? []
    if (answer?.errorCode !== 0) throw new Error(`${TOPIC} cannot be fetched: ${answer?.errorCode}`)
    for (const batch of readBatches(Buffer.concat(answer.records ?? []))) {
      fetchOffset = batch.nextOffset
      const records = [...batch.records()].flatMap((record) => toldOf(world, source.groupId, record))
      if (records.length === 0) continue
      const { magic, compression, timestampType, producerEpoch, baseSequence } = batch
      const { isTransactional, isControl } = batch
      const producerId = batch.hasProducerId ? '<producer>' : batch.producerId
      const about = { magic, compression, timestampType, producerId, producerEpoch, baseSequence }
      const told = { ...about, isTransactional, isControl }
      batches.set(JSON.stringify(told), told)
      all.push(...records)
    }
  }
  return { batches: [...batches.values()], records: all }
}

/** A record as it reads, if it is about this group: nothing when it is not. */
function toldOf(world: World, groupId: string, { key, value, timestamp, headers }: KafkaRecord): unknown[] {
  if (key === null) return []
  const type = recordPrefix(key)
  const common = { type, timestamp: timeOf(world, timestamp), headers: headers.length }
  if (type === OffsetCommitKey.recordType) {
    const read = decodeKey(OffsetCommitKey, key)
    return read.group === groupId ? [{ ...common, key: read, ...bodyOf(world, OffsetCommitValue, value) }] : []
  }
  if (type === GroupMetadataKey.recordType) {
    const read = decodeKey(GroupMetadataKey, key)
    return read.group === groupId ? [{ ...common, key: read, ...bodyOf(world, GroupMetadataValue, value) }] : []
  }
  return []
}

function bodyOf<T>(world: World, message: Message<T>, bytes: Buffer | null): { version?: number; value: unknown } {
  if (bytes === null) return { value: null }
  const { version, value } = decodeValue(message, bytes)
  return { version, value: comparable(world, value) }
}

/** Without what is each side's own: the moments, and from where a member came. */
function comparable(world: World, value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value
  if (Array.isArray(value)) return value.toSorted(byClient).map((item) => comparable(world, item))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, item]): [string, unknown] => {
    if (name === 'clientHost' || name === 'topicId') return [name, item === '' ? '' : '<any>']
    if (typeof item === 'number' && name.endsWith('Timestamp')) return [name, timeOf(world, item)]
    return [name, comparable(world, item)]
  })
  return Object.fromEntries(entries)
}

/** The members of a group stand in the order of one of Kafka's hash maps; those of a case have clients of different names. */
function byClient(a: { readonly clientId?: string }, b: { readonly clientId?: string }): number {
  return (a.clientId ?? '') < (b.clientId ?? '') ? -1 : 1
}

/** A moment of the run, from the time that the script counts from; later ones by how much, in seconds. */
function timeOf(world: World, time: number): number | string {
  const now = world.time(3_600_000)
  if (time < now - RUN_MS) return time
  const later = Math.round((time - now) / RUN_MS)
  return later === 0 ? '<now>' : `<now + ${later} min>`
}
