import { describe, expect, test } from 'vitest'
import {
  type AsyncProducer,
  type ConfigOptions,
  ErrProducerFenced,
  ErrTransactionNotReady,
  newAsyncProducer,
  newConfig,
  newConsumer,
  newManualPartitioner,
  newSyncProducer,
  OffsetOldest,
  ProducerTxnFlagFatalError,
  ProducerTxnFlagInTransaction,
  ProducerTxnFlagReady,
  ReadCommitted,
  ReadUncommitted,
  type SyncProducer,
  WaitForAll,
} from '../../../../src/client/index.ts'
import { ErrorCode } from '../../../../src/protocol/errors.ts'
import { FindCoordinator } from '../../../../src/protocol/messages/find-coordinator.ts'
import { OffsetFetch } from '../../../../src/protocol/messages/offset-fetch.ts'
import { type TestCluster, testCluster } from '../../harness.ts'

function transactional(cluster: TestCluster, id: string, options: ConfigOptions = {}): ConfigOptions {
  return newConfig({
    ...cluster.config,
    net: { ...cluster.config.net, maxOpenRequests: 1 },
    ...options,
    producer: {
      partitioner: newManualPartitioner,
      requiredAcks: WaitForAll,
      idempotent: true,
      transaction: { id },
      return: { successes: true },
    },
  })
}

async function send(producer: AsyncProducer, topic: string, values: readonly string[], partition = 0): Promise<void> {
  for (const value of values) await producer.input.send({ topic, value, partition })
}

/** Reads a partition until that value comes, and returns all of them. */
async function readUntil(cluster: TestCluster, topic: string, last: string, committed = true): Promise<string[]> {
  const config = newConfig({
    ...cluster.config,
    consumer: { isolationLevel: committed ? ReadCommitted : ReadUncommitted, maxWaitTime: 50 },
  })
  const consumer = await newConsumer(cluster.addrs, config)
  const partition = await consumer.consumePartition(topic, 0, OffsetOldest)
  const values: string[] = []
  for await (const { value } of partition.messages) {
    values.push(String(value))
    if (values.at(-1) === last) break
  }
  await consumer.close()
  return values
}

/** The offset that a group has committed; it waits while a transaction that commits one has not ended everywhere. */
async function committedOffset(cluster: TestCluster, groupId: string, topic: string): Promise<number> {
  const { coordinators } = await cluster.ask(FindCoordinator, 4, { keyType: 0, coordinatorKeys: [groupId] })
  const [coordinator] = coordinators
  const group = { groupId, topics: [{ name: topic, partitionIndexes: [0] }] }
  for (;;) {
    const addr = `${coordinator?.host}:${coordinator?.port}`
    const { groups } = await cluster.ask(OffsetFetch, 8, { groups: [group], requireStable: true }, addr)
    const offset = groups[0]?.topics[0]?.partitions[0]
    if (offset?.errorCode === ErrorCode.NONE) return offset.committedOffset
  }
}

// As brokers of 3.9 know them, and with what the newest have (KIP-890).
const versions: readonly (readonly [string, ConfigOptions])[] = [
  ['kept to 3.9', { version: '3.9.0' }],
  ['of the newest version', {}],
]

describe.each(versions)('a transactional producer %s', (_, options) => {
  test('has transactions committed and aborted, one after the other', async () => {
    await using cluster = await testCluster()
    const topic = await cluster.createTopic('bills', { partitions: 2 })
    const config = transactional(cluster, cluster.unique('billing-1'), options)
    const producer = await newAsyncProducer(cluster.addrs, config)
    const offsets: number[] = []
    const counting = (async () => {
      for await (const { offset = -1, partition } of producer.successes) if (partition === 0) offsets.push(offset)
    })()
    for (let i = 0; i < 6; i++) {
      expect(producer.txnStatus).toBe(ProducerTxnFlagReady)
      await producer.beginTxn()
      expect(producer.txnStatus).toBe(ProducerTxnFlagInTransaction)
      await send(producer, topic, [`${i} a`, `${i} b`])
      await send(producer, topic, [`${i} elsewhere`], 1)
      await (i % 2 === 0 ? producer.commitTxn() : producer.abortTxn())
    }
    await producer.beginTxn()
    await send(producer, topic, ['end'])
    await producer.commitTxn()
    await producer.close()
    await counting
    // Between two transactions lies a marker.
    expect(offsets).toEqual([0, 1, 3, 4, 6, 7, 9, 10, 12, 13, 15, 16, 18])
    expect(await readUntil(cluster, topic, 'end')).toEqual(['0 a', '0 b', '2 a', '2 b', '4 a', '4 b', 'end'])
    expect(await readUntil(cluster, topic, 'end', false)).toHaveLength(13)
  })

  test('commits what a group has read with what came of it', async () => {
    await using cluster = await testCluster()
    const [orders, bills] = [await cluster.createTopic('orders'), await cluster.createTopic('bills')]
    await cluster.produce(orders, 0, ['order 1', 'order 2', 'order 3'])
    const group = cluster.unique('billing')
    const config = transactional(cluster, cluster.unique('billing-1'), options)
    const producer: SyncProducer = await newSyncProducer(cluster.addrs, config)
    const consumer = await newConsumer(cluster.addrs, newConfig(cluster.config))
    const reader = await consumer.consumePartition(orders, 0, OffsetOldest)
    for (const commit of [true, false, true]) {
      const message = await reader.messages.receive()
      if (message === undefined) return expect.unreachable('there are three orders')
      await producer.beginTxn()
      await producer.sendMessage({ topic: bills, value: `bill for ${message.value}`, partition: 0 })
      await producer.addMessageToTxn(message, group)
      await (commit ? producer.commitTxn() : producer.abortTxn())
      if (commit) expect(await committedOffset(cluster, group, orders)).toBe(message.offset + 1)
    }
    await consumer.close()
    await producer.close()
    expect(await readUntil(cluster, bills, 'bill for order 3')).toEqual(['bill for order 1', 'bill for order 3'])
  })

  test('is fenced by the next one of its id', async () => {
    await using cluster = await testCluster()
    const topic = await cluster.createTopic('bills')
    const config = transactional(cluster, cluster.unique('billing-1'), options)
    const old = await newSyncProducer(cluster.addrs, config)
    await old.beginTxn()
    await old.sendMessage({ topic, value: 'from the old one', partition: 0 })
    const replacement = await newSyncProducer(cluster.addrs, config)
    await expect(old.commitTxn()).rejects.toThrow(ErrProducerFenced)
    expect(old.txnStatus & ProducerTxnFlagFatalError).not.toBe(0)
    await expect(old.sendMessage({ topic, value: 'never', partition: 0 })).rejects.toThrow(ErrProducerFenced)
    await expect(old.beginTxn()).rejects.toThrow(ErrProducerFenced)
    await replacement.beginTxn()
    await replacement.sendMessage({ topic, value: 'from the new one', partition: 0 })
    await replacement.commitTxn()
    await Promise.all([old.close(), replacement.close()])
    expect(await readUntil(cluster, topic, 'from the new one')).toEqual(['from the new one'])
  })

  test('takes no message outside of a transaction, and goes on', async () => {
    await using cluster = await testCluster()
    const topic = await cluster.createTopic('bills')
    const config = transactional(cluster, cluster.unique('billing-1'), options)
    const producer = await newSyncProducer(cluster.addrs, config)
    await expect(producer.sendMessage({ topic, value: 'too early', partition: 0 })).rejects.toThrow(
      ErrTransactionNotReady,
    )
    await producer.beginTxn()
    await producer.sendMessage({ topic, value: 'in time', partition: 0 })
    await producer.commitTxn()
    await producer.close()
    expect(await readUntil(cluster, topic, 'in time')).toEqual(['in time'])
  })

  test('leaves nothing open behind it', async () => {
    await using cluster = await testCluster()
    const topic = await cluster.createTopic('bills')
    const config = transactional(cluster, cluster.unique('billing-1'), options)
    const forgetful = await newSyncProducer(cluster.addrs, config)
    await forgetful.beginTxn()
    await forgetful.sendMessage({ topic, value: 'never ended', partition: 0 })
    await forgetful.close()
    const other = await newSyncProducer(cluster.addrs, transactional(cluster, cluster.unique('billing-2'), options))
    await other.beginTxn()
    await other.sendMessage({ topic, value: 'kept', partition: 0 })
    await other.commitTxn()
    await other.close()
    // Readers of committed messages would come no further than to what is open.
    expect(await readUntil(cluster, topic, 'kept')).toEqual(['kept'])
  })
})
