/** What a transaction's coordinator writes to `__transaction_state`, read back by a Fetch. */
import { decodeKey, decodeValue } from '../../../src/protocol/log-record.ts'
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { ListOffsets } from '../../../src/protocol/messages/list-offsets.ts'
import { Metadata } from '../../../src/protocol/messages/metadata.ts'
import { TransactionLogKey, TransactionLogValue } from '../../../src/protocol/messages/records/transaction-log.ts'
import type { KafkaRecord } from '../../../src/protocol/records/record.ts'
import { readBatches } from '../../../src/protocol/records/record-batch.ts'
import type { World } from '../world.ts'

const TOPIC = '__transaction_state'

/** How far the clocks of a broker and of a script may be apart, and how long a case may take, ms. */
const RUN_MS = 60_000

/** What is written for a transactional id from now on. */
export interface TransactionRecords {
  /** Has it compared: the records of this id alone. */
  note(as: string): Promise<void>
}

/** Notes from where on the records of a transactional id are to be compared. Its coordinator must be there. */
export async function transactionRecords(world: World, transactionalId: string): Promise<TransactionRecords> {
  const { topics } = await world.arrange(Metadata, { topics: [{ name: TOPIC }] })
  const [topic] = topics
  if (topic === undefined) throw new Error(`there is no ${TOPIC}`)
  const partition = partitionOf(transactionalId, topic.partitions.length)
  const from = await endOf(world, partition)
  return {
    async note(as) {
      const ids = new Map<number, string>()
      const source = { topicId: topic.topicId, partition }
      const end = await endOf(world, partition)
      const records: unknown[] = []
      let offset = from
      while (offset < end) {
        for (const batch of readBatches(await bytesFrom(world, source, offset))) {
          offset = batch.nextOffset
          const { magic, compression, baseSequence, producerId, producerEpoch, isTransactional } = batch
          const about = { magic, compression, baseSequence, producerId, producerEpoch, isTransactional }
          for (const record of batch.records()) records.push(...told(world, transactionalId, record, about, ids))
        }
      }
      world.note(as, records)
    },
  }
}

/** As Kafka has it: the hash of Java's strings, without its sign. */
function partitionOf(key: string, partitions: number): number {
  let hash = 0
  for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, 31) + key.charCodeAt(i)) | 0
  return hash === -(2 ** 31) ? 0 : Math.abs(hash) % partitions
}

async function endOf(world: World, partitionIndex: number): Promise<number> {
  const partitions = [{ partitionIndex, timestamp: -1, currentLeaderEpoch: -1 }]
  const { topics } = await world.arrange(ListOffsets, { replicaId: -1, topics: [{ name: TOPIC, partitions }] })
  return topics[0]?.partitions[0]?.offset ?? -1
}

async function bytesFrom(
  world: World,
  { topicId, partition }: { readonly topicId: string; readonly partition: number },
  fetchOffset: number,
): Promise<Buffer> {
  const partitions = [{ partition, fetchOffset, partitionMaxBytes: 1 << 20 }]
  const body = { maxWaitMs: 0, minBytes: 0, topics: [{ topic: TOPIC, topicId, partitions }] }
  const { responses } = await world.arrange(Fetch, body)
  const [answer] = responses[0]?.partitions ?? []
  if (answer?.errorCode !== 0) throw new Error(`${TOPIC} cannot be fetched: ${answer?.errorCode}`)
  return Buffer.concat(answer.records ?? [])
}

/** A record as it reads, if it is about this id: nothing when it is not. */
function told(
  world: World,
  transactionalId: string,
  { key, value }: KafkaRecord,
  about: object,
  ids: Map<number, string>,
): unknown[] {
  if (key === null) return []
  const read = decodeKey(TransactionLogKey, key)
  if (read.transactionalId !== transactionalId) return []
  if (value === null) return [{ ...about, key: read, value: null }]
  const { version, value: body } = decodeValue(TransactionLogValue, value)
  const partitions = body.transactionPartitions?.toSorted((a, b) => (a.topic < b.topic ? -1 : 1)) ?? null
  const idOf = (producerId: number): number | string => {
    if (producerId === -1) return -1
    if (!ids.has(producerId)) ids.set(producerId, `<producer ${ids.size + 1}>`)
    return ids.get(producerId) ?? ''
  }
  const told = {
    ...body,
    producerId: idOf(body.producerId),
    previousProducerId: idOf(body.previousProducerId),
    nextProducerId: idOf(body.nextProducerId),
    transactionPartitions: partitions?.map(({ topic, partitionIds }) => ({
      topic,
      // Which partition of Kafka's own topics it is depends on names that are of this run alone.
      partitionIds: topic.startsWith('__') ? partitionIds.length : partitionIds.toSorted((a, b) => a - b),
    })),
    transactionLastUpdateTimestampMs: timeOf(world, body.transactionLastUpdateTimestampMs),
    transactionStartTimestampMs: timeOf(world, body.transactionStartTimestampMs),
  }
  return [{ ...about, key: read, version, value: told }]
}

/** Moments of the run are alike. */
function timeOf(world: World, time: number): number | string {
  return Math.abs(time - world.time(3_600_000)) < RUN_MS ? '<now>' : time
}
