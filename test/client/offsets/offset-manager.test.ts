import { describe, expect, test } from 'vitest'
import { OffsetOldest, ReadCommitted } from '../../../src/client/config/options.ts'
import { newOffsetManagerFromClient } from '../../../src/client/offsets/offset-manager.ts'
import { AddOffsetsToTxn } from '../../../src/protocol/messages/add-offsets-to-txn.ts'
import { EndTxn } from '../../../src/protocol/messages/end-txn.ts'
import { InitProducerId } from '../../../src/protocol/messages/init-producer-id.ts'
import { TxnOffsetCommit } from '../../../src/protocol/messages/txn-offset-commit.ts'
import { commitsOf, committed, GROUP, withClient } from './offset-world.ts'

describe('a partition whose offset nobody has committed', () => {
  test('begins with the newest record', () =>
    withClient(async ({ client }) => {
      await using manager = newOffsetManagerFromClient(GROUP, client)
      const partition = await manager.managePartition('orders', 0)
      expect(partition.nextOffset()).toEqual({ offset: -1, metadata: '' })
    }))

  test('begins where consumer.offsets.initial says', () =>
    withClient(
      async ({ client }) => {
        await using manager = newOffsetManagerFromClient(GROUP, client)
        expect((await manager.managePartition('orders', 0)).nextOffset().offset).toBe(OffsetOldest)
      },
      { offsets: { initial: OffsetOldest } },
    ))
})

describe('what is marked', () => {
  test('is committed after consumer.offsets.autoCommit.interval, and found again with its metadata', () =>
    withClient(async ({ cluster, client }) => {
      await using manager = newOffsetManagerFromClient(GROUP, client)
      const partition = await manager.managePartition('orders', 1)
      partition.markOffset(5, 'five')
      await cluster.clock.advance(999)
      expect(committed(cluster)).toEqual({})
      await cluster.clock.advance(1)
      expect(committed(cluster)).toEqual({ 'orders/1': '5 five' })

      await using other = newOffsetManagerFromClient(GROUP, client)
      expect((await other.managePartition('orders', 1)).nextOffset()).toEqual({ offset: 5, metadata: 'five' })
    }))

  test('is committed after the older commitInterval, where it is set', () =>
    withClient(
      async ({ cluster, client }) => {
        await using manager = newOffsetManagerFromClient(GROUP, client)
        const partition = await manager.managePartition('orders', 1)
        partition.markOffset(5)
        await cluster.clock.advance(250)
        expect(committed(cluster)).toEqual({ 'orders/1': '5' })
      },
      { offsets: { commitInterval: 250 } },
    ))

  test('is committed once, and not again while nothing more is marked', () =>
    withClient(async ({ cluster, client }) => {
      const commits = commitsOf(cluster)
      await using manager = newOffsetManagerFromClient(GROUP, client)
      const partition = await manager.managePartition('orders', 0)
      partition.markOffset(1)
      await cluster.clock.advance(5_000)
      expect(commits).toHaveLength(1)
    }))

  test('never goes back, but by resetOffset, which never goes forward', () =>
    withClient(async ({ client }) => {
      await using manager = newOffsetManagerFromClient(GROUP, client)
      const partition = await manager.managePartition('orders', 0)
      partition.markOffset(5, 'five')
      partition.markOffset(4, 'four')
      partition.markOffset(5, 'again')
      expect(partition.nextOffset()).toEqual({ offset: 5, metadata: 'five' })
      partition.resetOffset(6, 'six')
      expect(partition.nextOffset()).toEqual({ offset: 5, metadata: 'five' })
      partition.resetOffset(3, 'three')
      expect(partition.nextOffset()).toEqual({ offset: 3, metadata: 'three' })
      expect(() => partition.markOffset(1.5)).toThrow(RangeError)
    }))

  test('is committed by commit, all partitions in one request', () =>
    withClient(
      async ({ cluster, client }) => {
        const commits = commitsOf(cluster)
        await using manager = newOffsetManagerFromClient(GROUP, client)
        const first = await manager.managePartition('orders', 0)
        const second = await manager.managePartition('orders', 1)
        first.markOffset(1)
        second.markOffset(2)
        await cluster.clock.advance(10_000)
        expect(commits).toHaveLength(0)
        await Promise.all([manager.commit(), manager.commit()])
        expect(commits).toHaveLength(1)
        expect(committed(cluster)).toEqual({ 'orders/0': '1', 'orders/1': '2' })
      },
      { offsets: { autoCommit: { enable: false } } },
    ))

  test('is committed by close', () =>
    withClient(async ({ cluster, client }) => {
      const manager = newOffsetManagerFromClient(GROUP, client)
      const partition = await manager.managePartition('orders', 0)
      partition.markOffset(7)
      await manager.close()
      expect(committed(cluster)).toEqual({ 'orders/0': '7' })
      expect(await partition.errors.receive()).toBeUndefined()
    }))

  test('is committed when its partition is closed', () =>
    withClient(async ({ cluster, client }) => {
      await using manager = newOffsetManagerFromClient(GROUP, client)
      const partition = await manager.managePartition('orders', 0)
      partition.markOffset(7)
      await partition.close()
      expect(committed(cluster)).toEqual({ 'orders/0': '7' })
      expect((await manager.managePartition('orders', 0)).nextOffset().offset).toBe(7)
    }))

  test('is committed when its partition goes out of scope', () =>
    withClient(async ({ cluster, client }) => {
      await using manager = newOffsetManagerFromClient(GROUP, client)
      const closing = (async () => {
        await using partition = await manager.managePartition('orders', 0)
        partition.markOffset(5, 'read')
      })()
      let over = false
      closing.finally(() => {
        over = true
      })
      await cluster.clock.runUntil(() => over)
      await closing
      expect(committed(cluster)).toEqual({ 'orders/0': '5 read' })
    }))

  test('is not committed by closing without autoCommit, which waits for nothing', () =>
    withClient(
      async ({ cluster, client }) => {
        const manager = newOffsetManagerFromClient(GROUP, client)
        const partition = await manager.managePartition('orders', 0)
        const other = await manager.managePartition('orders', 1)
        partition.markOffset(7)
        other.markOffset(8)
        await partition.close()
        await manager.close()
        expect(committed(cluster)).toEqual({})
      },
      { offsets: { autoCommit: { enable: false } } },
    ))

  test('is committed with the retention that is asked for, where brokers still look at it', () =>
    withClient(
      async ({ cluster, client }) => {
        const commits = commitsOf(cluster)
        await using manager = newOffsetManagerFromClient(GROUP, client)
        const partition = await manager.managePartition('orders', 0)
        partition.markOffset(7)
        await manager.commit()
        expect(commits).toMatchObject([{ retentionTimeMs: 60_000 }])
      },
      { offsets: { retention: 60_000 } },
      { ceiling: '2.0' },
    ))
})

describe.each(['0.10.0', '0.10.2', '0.11.0', '1.0', '2.0', '2.1', '2.3', '2.4', '2.5', '3.0', '3.7', '4.4'])(
  'a client of %s',
  (ceiling) => {
    test('commits offsets and finds them', () =>
      withClient(
        async ({ cluster, client }) => {
          const manager = newOffsetManagerFromClient(GROUP, client)
          const partition = await manager.managePartition('orders', 2)
          expect(partition.nextOffset().offset).toBe(-1)
          partition.markOffset(12, 'a dozen')
          await manager.close()
          expect(committed(cluster)).toEqual({ 'orders/2': '12 a dozen' })
          await using again = newOffsetManagerFromClient(GROUP, client)
          expect((await again.managePartition('orders', 2)).nextOffset()).toEqual({ offset: 12, metadata: 'a dozen' })
        },
        ceiling.startsWith('0.10') ? {} : { isolationLevel: ReadCommitted },
        { ceiling },
      ))
  },
)

describe('an offset that is committed with a transaction', () => {
  test('is waited for with ReadCommitted until the transaction has ended (KIP-447)', () =>
    withClient(
      async ({ cluster, client }) => {
        const coordinator = await client.coordinator(GROUP)
        const transactions = await client.transactionCoordinator('payments')
        const { producerId, producerEpoch } = await transactions.send(InitProducerId, {
          transactionalId: 'payments',
          transactionTimeoutMs: 60_000,
        })
        const owner = { transactionalId: 'payments', producerId, producerEpoch }
        await transactions.send(AddOffsetsToTxn, { ...owner, groupId: GROUP })
        await coordinator.send(TxnOffsetCommit, {
          ...owner,
          groupId: GROUP,
          topics: [
            {
              name: 'orders',
              topicId: client.topicId('orders'),
              partitions: [{ partitionIndex: 0, committedOffset: 9, committedMetadata: '' }],
            },
          ],
        })

        await using manager = newOffsetManagerFromClient(GROUP, client)
        let found: number | undefined
        const managed = manager.managePartition('orders', 0).then((partition) => {
          found = partition.nextOffset().offset
        })
        await cluster.clock.advance(10_000)
        expect(found).toBeUndefined()
        await transactions.send(EndTxn, { ...owner, committed: true })
        await cluster.clock.advance(1_000)
        await managed
        expect(found).toBe(9)
      },
      { isolationLevel: ReadCommitted },
    ))
})
