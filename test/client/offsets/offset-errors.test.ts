import { describe, expect, test } from 'vitest'
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
import { ErrorCode } from '../../../src/protocol/errors.ts'
import { OffsetFetch } from '../../../src/protocol/messages/offset-fetch.ts'
import { respond } from '../../../src/testing/index.ts'
import { settled } from '../producer/settled.ts'
import { committed, GROUP, withClient } from './offset-world.ts'

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
