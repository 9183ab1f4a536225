import { DeleteRecords } from '../../../src/protocol/messages/delete-records.ts'
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { InitProducerId } from '../../../src/protocol/messages/init-producer-id.ts'
import { ListOffsets } from '../../../src/protocol/messages/list-offsets.ts'
import { OffsetForLeaderEpoch } from '../../../src/protocol/messages/offset-for-leader-epoch.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import type { Client } from '../world.ts'
import type { Doers } from './actions.ts'
import { batchNamed } from './batches.ts'
import type { SmallWorld } from './small-world.ts'

const TIMEOUT_MS = 2000

type RecordActions =
  | 'produce'
  | 'initProducer'
  | 'produceInOrder'
  | 'fetch'
  | 'openSession'
  | 'fetchOn'
  | 'listOffsets'
  | 'deleteRecords'
  | 'offsetForLeaderEpoch'

interface ProducerState {
  readonly producerId: number
  readonly producerEpoch: number
  /** The next sequence, by topic and partition. */
  readonly next: Map<string, number>
}

interface Session {
  readonly client: Client
  sessionId: number
  epoch: number
  readonly v: number
}

/** Records written, read and deleted. */
export function recordActions(small: SmallWorld): Doers<RecordActions> {
  const { world } = small
  const producers = new Map<number, ProducerState>()
  const sessions = new Map<number, Session>()

  const named = (topic: number) => ({ name: small.topicName(topic), topicId: small.topicId(topic) })

  function produced(topic: number, index: number, records: Buffer | null, acks: number) {
    const partitionData = [{ index, records: records === null ? null : [records] }]
    return { acks, timeoutMs: TIMEOUT_MS, topicData: [{ ...named(topic), partitionData }] }
  }

  function fetched(topic: number, partition: number, fetchOffset: number, partitionMaxBytes = 1_000_000) {
    const partitions = [{ partition, fetchOffset, partitionMaxBytes }]
    return { topic: small.topicName(topic), topicId: small.topicId(topic), partitions }
  }

  return {
    produce: async ({ topic, partition, batch, acks, v }) => {
      const records = batchNamed(batch, world)
      // Kafka fails on it, and never answers.
      if (records === null) return
      await small.ask(Produce, v, produced(topic, partition, records, acks))
    },
    initProducer: async ({ producer, v }) => {
      const answer = await small.ask(InitProducerId, v, { transactionalId: null, transactionTimeoutMs: TIMEOUT_MS })
      if (answer === undefined) return
      const { producerId, producerEpoch } = answer
      producers.set(producer, { producerId, producerEpoch, next: new Map() })
    },
    produceInOrder: async ({ producer, topic, partition, sequence, v }) => {
      const state = producers.get(producer)
      if (state === undefined) return
      const place = `${topic}-${partition}`
      const next = state.next.get(place) ?? 0
      const sequences: Record<string, number> = { again: next - 1, gap: next + 3, before: next - 7 }
      const baseSequence = Math.max(0, sequences[sequence] ?? next)
      const epochs: Record<string, number> = { 'old epoch': -1, 'new epoch': 1 }
      const producerEpoch = Math.max(0, state.producerEpoch + (epochs[sequence] ?? 0))
      const records = batchNamed('one', world, { producerId: state.producerId, producerEpoch, baseSequence })
      const answer = await small.ask(Produce, v, produced(topic, partition, records, -1))
      const errorCode = answer?.responses[0]?.partitionResponses[0]?.errorCode
      if (errorCode === 0) state.next.set(place, baseSequence + 1)
    },
    fetch: async ({ topic, partition, offset, maxBytes, v }) => {
      await small.ask(Fetch, v, { maxWaitMs: 0, minBytes: 0, topics: [fetched(topic, partition, offset, maxBytes)] })
    },
    openSession: async ({ reader, topic, partition, offset, v }) => {
      const client = sessions.get(reader)?.client ?? world.client()
      const topics = [fetched(topic, partition, offset)]
      // Sessions came with version 7 (KIP-227).
      const at = Math.max(0, 7 - small.versionOf(Fetch, 0)) + v
      const answer = await small.ask(
        Fetch,
        at,
        { maxWaitMs: 0, minBytes: 0, sessionId: 0, sessionEpoch: 0, topics },
        client,
      )
      sessions.set(reader, { client, sessionId: answer?.sessionId ?? 0, epoch: 1, v: at })
    },
    fetchOn: async ({ reader, change, topic, partition, offset }) => {
      const session = sessions.get(reader)
      if (session === undefined || session.sessionId === 0) return
      const sessionEpoch = { 'wrong epoch': session.epoch + 3, close: -1 }[change as string] ?? session.epoch
      const forgotten = { topic: small.topicName(topic), topicId: small.topicId(topic), partitions: [partition] }
      const answer = await small.ask(
        Fetch,
        session.v,
        {
          maxWaitMs: 0,
          minBytes: 0,
          sessionId: session.sessionId,
          sessionEpoch,
          topics: change === 'add' ? [fetched(topic, partition, offset)] : [],
          forgottenTopicsData: change === 'forget' ? [forgotten] : [],
        },
        session.client,
      )
      if (change === 'close') session.sessionId = 0
      else if (answer?.errorCode === 0) session.epoch++
    },
    listOffsets: async ({ topic, partition, timestamp, v }) => {
      const time = { early: world.time(1), late: world.time(500) }[String(timestamp)] ?? Number(timestamp)
      const partitions = [{ partitionIndex: partition, timestamp: time, currentLeaderEpoch: -1 }]
      const topics = [{ name: small.topicName(topic), partitions }]
      await small.ask(ListOffsets, v, { replicaId: -1, isolationLevel: 0, topics, timeoutMs: TIMEOUT_MS })
    },
    deleteRecords: async ({ topic, partition, offset, v }) => {
      const partitions = [{ partitionIndex: partition, offset }]
      await small.ask(DeleteRecords, v, {
        topics: [{ name: small.topicName(topic), partitions }],
        timeoutMs: TIMEOUT_MS,
      })
    },
    offsetForLeaderEpoch: async ({ topic, partition, epoch, v }) => {
      const partitions = [{ partition, currentLeaderEpoch: -1, leaderEpoch: epoch }]
      await small.ask(OffsetForLeaderEpoch, v, {
        replicaId: -1,
        topics: [{ topic: small.topicName(topic), partitions }],
      })
    },
  }
}
