import { describe, expect, test } from 'vitest'
import { type Client, newClient } from '../../../src/client/client.ts'
import { type ConfigOptions, newConfig } from '../../../src/client/config/config.ts'
import { OffsetOldest, ReadCommitted } from '../../../src/client/config/options.ts'
import {
  ConfigurationError,
  ConsumerError,
  ConsumerErrors,
  ErrClosedClient,
} from '../../../src/client/errors/client-errors.ts'
import {
  ErrGroupAuthorizationFailed,
  ErrOffsetMetadataTooLarge,
  ErrUnknownTopicOrPartition,
} from '../../../src/client/errors/kafka-errors.ts'
import { newOffsetManagerFromClient } from '../../../src/client/offsets/offset-manager.ts'
import { type ClusterOptions, KafkaCluster } from '../../../src/index.ts'
import { ErrorCode } from '../../../src/protocol/errors.ts'
import { AddOffsetsToTxn } from '../../../src/protocol/messages/add-offsets-to-txn.ts'
import { EndTxn } from '../../../src/protocol/messages/end-txn.ts'
import { InitProducerId } from '../../../src/protocol/messages/init-producer-id.ts'
import { OffsetCommit, type OffsetCommitRequest } from '../../../src/protocol/messages/offset-commit.ts'
import { OffsetFetch } from '../../../src/protocol/messages/offset-fetch.ts'
import { TxnOffsetCommit } from '../../../src/protocol/messages/txn-offset-commit.ts'
import { respond } from '../../../src/testing/index.ts'
import { settled } from '../producer/settled.ts'

const GROUP = 'billing'

interface World {
  readonly cluster: KafkaCluster
  readonly client: Client
}

async function withClient(
  act: (world: World) => Promise<void>,
  consumer: ConfigOptions['consumer'] = {},
  options: ClusterOptions & { readonly ceiling?: string } = {},
): Promise<void> {
  const { ceiling, ...clusterOptions } = options
  await using cluster = await KafkaCluster.start({
    clock: 'virtual',
    topics: { orders: { partitions: 3 } },
    ...clusterOptions,
  })
  const config = newConfig({
    ...cluster.clientConfig(),
    consumer: { return: { errors: true }, ...consumer },
    ...(ceiling === undefined ? {} : { version: ceiling }),
  })
  await using client = await newClient(cluster.bootstrapServers, config)
  await act({ cluster, client })
}

function committed(cluster: KafkaCluster): Record<string, string> {
  const { committed } = cluster.group(GROUP)
  return Object.fromEntries(
    committed.map(({ topic, partition, offset, metadata }) => [
      `${topic}/${partition}`,
      `${offset} ${metadata}`.trim(),
    ]),
  )
}

/** The commits that brokers are asked for, in their order. */
function commitsOf(cluster: KafkaCluster): OffsetCommitRequest[] {
  const seen: OffsetCommitRequest[] = []
  cluster.use(
    respond(OffsetCommit, ({ request }) => {
      seen.push(request)
      return undefined
    }),
  )
  return seen
}

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

describe('errors', () => {
  test.each([5_000, 40_000])(
    'of one partition come by its own errors, and the others are committed (%i bytes of metadata)',
    (length) =>
      withClient(async ({ cluster, client }) => {
        const manager = newOffsetManagerFromClient(GROUP, client)
        const good = await manager.managePartition('orders', 0)
        const bad = await manager.managePartition('orders', 1)
        good.markOffset(1)
        bad.markOffset(2, 'x'.repeat(length))
        await manager.commit()
        expect(committed(cluster)).toEqual({ 'orders/0': '1' })
        expect(await bad.errors.receive()).toMatchObject({
          topic: 'orders',
          partition: 1,
          err: expect.any(ErrOffsetMetadataTooLarge),
        })
        expect(good.errors.length).toBe(0)
        bad.resetOffset(2, 'short')
        await manager.close()
        expect(committed(cluster)).toEqual({ 'orders/0': '1', 'orders/1': '2 short' })
      }),
  )

  test('that nobody has read are thrown by close', () =>
    withClient(async ({ cluster, client }) => {
      await using manager = newOffsetManagerFromClient(GROUP, client)
      const partition = await manager.managePartition('nowhere', 0)
      partition.markOffset(2)
      await cluster.clock.advance(1_000)
      await cluster.clock.runUntil(() => partition.errors.length > 0)
      const closing = partition.close()
      const closed = expect(closing).rejects.toThrow(ConsumerErrors)
      await Promise.all([cluster.clock.advance(10_000), manager.close()])
      await closed
      await expect(closing).rejects.toMatchObject({
        errors: expect.arrayContaining([expect.objectContaining({ err: expect.any(ErrUnknownTopicOrPartition) })]),
      })
    }))

  test('are dropped where consumer.return.errors does not ask for them', () =>
    withClient(
      async ({ client }) => {
        await using manager = newOffsetManagerFromClient(GROUP, client)
        const partition = await manager.managePartition('orders', 1)
        partition.markOffset(2, 'x'.repeat(5_000))
        await manager.commit()
        expect(partition.errors.length).toBe(0)
      },
      { return: { errors: false } },
    ))

  test('of the coordinator are thrown when a partition is asked for', () =>
    withClient(async ({ cluster, client }) => {
      cluster.use(
        respond(OffsetFetch, ({ request }) => ({
          groups: request.groups.map(({ groupId }) => ({ groupId, errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED })),
        })),
      )
      await using manager = newOffsetManagerFromClient(GROUP, client)
      await expect(manager.managePartition('orders', 0)).rejects.toThrow(ErrGroupAuthorizationFailed)
    }))

  test('name a partition that is managed twice', () =>
    withClient(async ({ client }) => {
      await using manager = newOffsetManagerFromClient(GROUP, client)
      await manager.managePartition('orders', 0)
      await expect(manager.managePartition('orders', 0)).rejects.toThrow(ConfigurationError)
    }))

  test('tell of a client that is closed', () =>
    withClient(async ({ client }) => {
      await client.close()
      expect(() => newOffsetManagerFromClient(GROUP, client)).toThrow(ErrClosedClient)
    }))
})

describe('a coordinator', () => {
  test('that has moved is found again, and what was marked is committed there', () =>
    withClient(
      async ({ cluster, client }) => {
        await using manager = newOffsetManagerFromClient(GROUP, client)
        const partition = await manager.managePartition('orders', 0)
        partition.markOffset(3)
        await manager.commit()
        const group = cluster.group(GROUP)
        const before = group.coordinator as number
        group.moveCoordinator(cluster.broker((before % 3) + 1))
        partition.markOffset(4)
        const committing = manager.commit()
        await cluster.clock.advance(1_000)
        await committing
        expect(committed(cluster)).toEqual({ 'orders/0': '4' })
        expect(group.coordinator).not.toBe(before)
        expect(partition.errors.length).toBe(0)
      },
      { offsets: { autoCommit: { enable: false } } },
      { brokers: 3 },
    ))

  test('that died is found again', () =>
    withClient(
      async ({ cluster, client }) => {
        await using manager = newOffsetManagerFromClient(GROUP, client)
        const partition = await manager.managePartition('orders', 0)
        partition.markOffset(3)
        await manager.commit()
        await cluster.broker(cluster.group(GROUP).coordinator).kill()
        partition.markOffset(4)
        const committing = manager.commit()
        await cluster.clock.advance(2_000)
        await committing
        expect(committed(cluster)).toEqual({ 'orders/0': '4' })
      },
      { offsets: { autoCommit: { enable: false } } },
      { brokers: 3 },
    ))

  test('that loads its groups is asked again', () =>
    withClient(async ({ cluster, client }) => {
      cluster.use(
        respond(
          OffsetFetch,
          ({ request }) => ({
            groups: request.groups.map(({ groupId }) => ({
              groupId,
              errorCode: ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
            })),
          }),
          { once: true },
        ),
      )
      await using manager = newOffsetManagerFromClient(GROUP, client)
      const managed = manager.managePartition('orders', 0)
      await cluster.clock.advance(1_000)
      expect((await managed).nextOffset().offset).toBe(-1)
    }))

  test('that is asked in vain is not waited for longer than the caller wants', () =>
    withClient(async ({ cluster, client }) => {
      const manager = newOffsetManagerFromClient(GROUP, client)
      const partition = await manager.managePartition('orders', 0)
      for (const broker of cluster.brokers) broker.pause()
      partition.markOffset(4)
      const giveUp = new AbortController()
      const asked = manager.managePartition('orders', 1, { signal: giveUp.signal })
      const committing = manager.commit({ signal: giveUp.signal })
      giveUp.abort(new Error('enough'))
      await expect(asked).rejects.toThrow('enough')
      await expect(committing).rejects.toThrow('enough')
      await expect(manager.close({ signal: giveUp.signal })).rejects.toThrow('enough')
      expect(await partition.errors.receive()).toBeUndefined()
    }))

  test('is given no more time to be asked what was committed, for a commit, or to close, than its tries and one search for it take', () =>
    withClient(async ({ cluster, client }) => {
      client.config.net.readTimeout = 1_000
      const manager = newOffsetManagerFromClient(GROUP, client)
      const partition = await manager.managePartition('orders', 0)
      for (const broker of cluster.brokers) broker.pause()
      partition.markOffset(4)
      const { consumer, metadata, net } = client.config
      const tries = (consumer.offsets.retry.max + 1) * (net.readTimeout + metadata.retry.backoff)
      // The broker's address that the client was given is another place to ask.
      const search = (metadata.retry.max + 1) * (2 * net.readTimeout + 1.2 * metadata.retry.backoff)
      const managed = () => manager.managePartition('orders', 1).catch(({ retriable }) => expect(retriable).toBe(true))
      for (const act of [managed, () => manager.commit(), () => manager.close()]) {
        const begun = cluster.clock.now()
        await settled<unknown>(cluster, act())
        expect(cluster.clock.now() - begun).toBeLessThanOrEqual(tries + search)
      }
      expect(await partition.errors.receive()).toBeInstanceOf(ConsumerError)
    }))

  test('is closed for each caller as long as that one wants to wait, and given up when nobody does', () =>
    withClient(async ({ cluster, client }) => {
      const manager = newOffsetManagerFromClient(GROUP, client)
      const partition = await manager.managePartition('orders', 0)
      for (const broker of cluster.brokers) broker.pause()
      partition.markOffset(4)
      const [first, second] = [new AbortController(), new AbortController()]
      const closing = manager.close({ signal: first.signal })
      const impatient = manager.close({ signal: second.signal })
      second.abort(new Error('enough'))
      await expect(impatient).rejects.toThrow('enough')
      for (const broker of cluster.brokers) broker.resume()
      await settled(cluster, closing)
      expect(committed(cluster)).toEqual({ 'orders/0': '4' })
    }))

  test('is given up when all that close it have had enough', () =>
    withClient(async ({ cluster, client }) => {
      const manager = newOffsetManagerFromClient(GROUP, client)
      const partition = await manager.managePartition('orders', 0)
      for (const broker of cluster.brokers) broker.pause()
      partition.markOffset(4)
      const [first, second] = [new AbortController(), new AbortController()]
      const closing = [first, second].map(({ signal }) => manager.close({ signal }))
      for (const one of [first, second]) one.abort(new Error('enough'))
      for (const one of closing) await expect(one).rejects.toThrow('enough')
      expect(await partition.errors.receive()).toBeUndefined()
    }))
})
