import { describe, expect, test } from 'vitest'
import {
  ErrOffsetOutOfRange,
  newConfig,
  newConsumer,
  OffsetNewest,
  OffsetOldest,
  ReadCommitted,
} from '../../../src/client/index.ts'
import { errorName, isRetriable } from '../../../src/protocol/errors.ts'
import { AddPartitionsToTxn } from '../../../src/protocol/messages/add-partitions-to-txn.ts'
import { EndTxn } from '../../../src/protocol/messages/end-txn.ts'
import { FindCoordinator } from '../../../src/protocol/messages/find-coordinator.ts'
import { InitProducerId } from '../../../src/protocol/messages/init-producer-id.ts'
import { Metadata } from '../../../src/protocol/messages/metadata.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import type { BatchOptions } from '../../../src/protocol/records/batch-builder.ts'
import { type TestCluster, testCluster } from '../harness.ts'
import { batchOf, MADE, takeNow, told, values } from './support.ts'

/** Asks again while real Kafka is not ready: brokers hear of new topics, and load transactions, when they come to it. */
async function untilTaken<T>(ask: () => Promise<T>, errorOf: (answer: T) => number | undefined): Promise<T> {
  for (;;) {
    const answer = await ask()
    const error = errorName(errorOf(answer) ?? -1)
    if (error === 'NONE') return answer
    if (!isRetriable(error)) throw new Error(error)
  }
}

/** Has the leader of partition 0 append a batch. */
async function append(
  cluster: TestCluster,
  topic: string,
  records: readonly string[],
  { transactionalId, ...options }: BatchOptions & { readonly transactionalId?: string } = {},
): Promise<void> {
  const { brokers, topics } = await cluster.ask(Metadata, 12, { topics: [{ name: topic }] })
  const leader = brokers.find(({ nodeId }) => nodeId === topics[0]?.partitions[0]?.leaderId)
  const request = {
    ...(transactionalId === undefined ? {} : { transactionalId }),
    acks: -1,
    timeoutMs: 30_000,
    topicData: [{ name: topic, partitionData: [{ index: 0, records: [batchOf(records, options)] }] }],
  }
  await untilTaken(
    () => cluster.ask(Produce, 9, request, `${leader?.host}:${leader?.port}`),
    ({ responses }) => responses[0]?.partitionResponses[0]?.errorCode,
  )
}

describe('a consumer, on memkafka as on Kafka', () => {
  test.each([{ tcp: false }, { tcp: true }])('reads every codec from any offset on (%o)', async (how) => {
    await using cluster = await testCluster(how)
    const topic = await cluster.createTopic('codecs')
    for (const [i, compression] of (['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const).entries()) {
      await append(cluster, topic, values(100 * i, 100 * (i + 1)), { compression })
    }
    await using consumer = await newConsumer(cluster.addrs, newConfig(cluster.config))
    for (const start of [OffsetOldest, 250, 499]) {
      const reader = await consumer.consumePartition(topic, 0, start)
      const from = Math.max(0, start)
      const messages = await takeNow(reader, 500 - from)
      expect(told(messages)).toEqual(values(from, 500).map((value, i) => `${from + i}:${value}`))
      expect(messages[0]).toMatchObject({ topic, partition: 0, key: null, timestamp: MADE + (from % 100), headers: [] })
      expect(reader.highWaterMarkOffset()).toBe(500)
      await reader.close()
    }
  })

  test.each(['0.11.0.2', '1.1.0', '2.3.0', '2.8.1', '3.1.0', '3.9.0', '4.1.0'])(
    'reads by the versions of %s',
    async (version) => {
      await using cluster = await testCluster()
      const topic = await cluster.createTopic('versions', { partitions: 3 })
      await using consumer = await newConsumer(cluster.addrs, newConfig({ ...cluster.config, version }))
      const readers = await Promise.all([0, 1, 2].map((p) => consumer.consumePartition(topic, p, OffsetOldest)))
      for (let round = 0; round < 3; round++) {
        for (const [partition, reader] of readers.entries()) {
          await cluster.produce(topic, partition, [`${partition}-${round}`])
          expect(told(await takeNow(reader, 1))).toEqual([`${round}:${partition}-${round}`])
        }
      }
    },
  )

  test('reads from the newest offset on what comes, on every broker', async () => {
    await using cluster = await testCluster({ brokers: 1 })
    const topic = await cluster.createTopic('newest', { partitions: 4 })
    for (let partition = 0; partition < 4; partition++) await cluster.produce(topic, partition, ['old'])
    await using consumer = await newConsumer(cluster.addrs, newConfig(cluster.config))
    const readers = await Promise.all([0, 1, 2, 3].map((p) => consumer.consumePartition(topic, p, OffsetNewest)))
    await Promise.all(
      readers.map(async (reader, partition) => {
        const reading = takeNow(reader, 2)
        await cluster.produce(topic, partition, ['new', 'newer'])
        expect(told(await reading)).toEqual(['1:new', '2:newer'])
      }),
    )
  })

  test('refuses an offset that there is not', async () => {
    await using cluster = await testCluster()
    const topic = await cluster.createTopic('range')
    await cluster.produce(topic, 0, values(0, 3))
    await using consumer = await newConsumer(cluster.addrs, newConfig(cluster.config))
    await expect(consumer.consumePartition(topic, 0, 4)).rejects.toThrow(ErrOffsetOutOfRange)
  })

  test('reads quick partitions while another one is not read, and that one later', async () => {
    await using cluster = await testCluster()
    const topic = await cluster.createTopic('slow', { partitions: 2 })
    const large = Array.from({ length: 20 }, (_, i) => `${i} ${'x'.repeat(2000)}`)
    for (const partition of [0, 1]) for (const value of large) await cluster.produce(topic, partition, [value])
    const options = { ...cluster.config, consumer: { fetch: { default: 5000 } } }
    await using consumer = await newConsumer(cluster.addrs, newConfig(options))
    const slow = await consumer.consumePartition(topic, 0, OffsetOldest)
    const quick = await consumer.consumePartition(topic, 1, OffsetOldest)
    expect((await takeNow(quick, 20)).map(({ value }) => String(value))).toEqual(large)
    await cluster.produce(topic, 1, ['late'])
    expect(told(await takeNow(quick, 1))).toEqual(['20:late'])
    expect(slow.messages.length).toBeLessThan(20)
    expect((await takeNow(slow, 20)).map(({ value }) => String(value))).toEqual(large)
  })

  test('reads of transactions what was committed', async () => {
    await using cluster = await testCluster()
    const topic = await cluster.createTopic('transactions')
    const id = cluster.unique('writer')
    const { coordinators } = await cluster.ask(FindCoordinator, 4, { keyType: 1, coordinatorKeys: [id] })
    const at = `${coordinators[0]?.host}:${coordinators[0]?.port}`
    const init = { transactionalId: id, transactionTimeoutMs: 60_000 }
    const { producerId, producerEpoch } = await untilTaken(
      () => cluster.ask(InitProducerId, 4, init, at),
      ({ errorCode }) => errorCode,
    )
    const partitions = {
      v3AndBelowTransactionalId: id,
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: [{ name: topic, partitions: [0] }],
    }
    let baseSequence = 0
    for (const [i, committed] of [false, true, false, true].entries()) {
      // The markers of the transaction before may still be on their way.
      await untilTaken(
        () => cluster.ask(AddPartitionsToTxn, 3, partitions, at),
        (answer) => answer.resultsByTopicV3AndBelow[0]?.resultsByPartition[0]?.partitionErrorCode,
      )
      const options = { producerId, producerEpoch, baseSequence, isTransactional: true, transactionalId: id }
      await append(cluster, topic, [`a${i}`, `b${i}`], options)
      baseSequence += 2
      const ending = { transactionalId: id, producerId, producerEpoch, committed }
      await untilTaken(
        () => cluster.ask(EndTxn, 3, ending, at),
        ({ errorCode }) => errorCode,
      )
    }
    const options = { ...cluster.config, consumer: { isolationLevel: ReadCommitted } }
    await using consumer = await newConsumer(cluster.addrs, newConfig(options))
    const reader = await consumer.consumePartition(topic, 0, OffsetOldest)
    expect(told(await takeNow(reader, 4))).toEqual(['3:a1', '4:b1', '9:a3', '10:b3'])
  })

  test('is closed while it waits for messages', async () => {
    await using cluster = await testCluster({ tcp: true })
    const topic = await cluster.createTopic('closed')
    const consumer = await newConsumer(cluster.addrs, newConfig(cluster.config))
    const reader = await consumer.consumePartition(topic, 0, OffsetOldest)
    const reading = takeNow(reader, 1)
    await cluster.produce(topic, 0, ['v0'])
    expect(told(await reading)).toEqual(['0:v0'])
    const waiting = takeNow(reader, 1)
    await consumer.close()
    expect(await waiting).toEqual([])
  })
})
