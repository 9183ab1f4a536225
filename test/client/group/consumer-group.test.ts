import { describe, expect, test } from 'vitest'
import { newClient } from '../../../src/client/client.ts'
import { type ConfigOptions, newConfig } from '../../../src/client/config/config.ts'
import { OffsetNewest, OffsetOldest } from '../../../src/client/config/options.ts'
import {
  ConfigurationError,
  ErrClosedClient,
  ErrClosedConsumerGroup,
} from '../../../src/client/errors/client-errors.ts'
import { ErrGroupAuthorizationFailed, ErrUnknownTopicOrPartition } from '../../../src/client/errors/kafka-errors.ts'
import { newConsumerGroup, newConsumerGroupFromClient } from '../../../src/client/group/consumer-group.ts'
import type { BalanceStrategy, ConsumerGroupMember } from '../../../src/client/group/strategies/index.ts'
import { ErrorCode } from '../../../src/protocol/errors.ts'
import { JoinGroup, respond } from '../../../src/testing/index.ts'
import { heldBy, TestMember } from './member.ts'
import { all, committed, fromTheStart, start } from './orders-group.ts'
import { produce } from './records.ts'

describe('a group', () => {
  test('gives its only member every partition', async () => {
    await using cluster = await start()
    const member = await TestMember.start(cluster, 'billing')
    await cluster.clock.runUntil(() => heldBy(member).length === 4)
    expect(heldBy(member)).toEqual(all)
    expect(member.sessions).toMatchObject([{ claims: all }])
    expect(cluster.group('billing').state).toBe('Stable')
    await member.stop()
    expect(cluster.group('billing').members).toEqual([])
    expect(member.sessions).toMatchObject([{ cleaned: true }])
    expect(member.errors).toEqual([])
  })

  test('shares its partitions out again when a member comes, and when one leaves', async () => {
    await using cluster = await start()
    const first = await TestMember.start(cluster, 'billing')
    await cluster.clock.runUntil(() => heldBy(first).length === 4)
    const second = await TestMember.start(cluster, 'billing')
    await cluster.clock.runUntil(() => heldBy(second).length === 2 && heldBy(first).length === 2)
    expect(heldBy(first, second)).toEqual(all)
    await second.stop()
    await cluster.clock.runUntil(() => heldBy(first).length === 4)
    await first.stop()
    expect([...first.errors, ...second.errors]).toEqual([])
  })

  test('shares its partitions out again when a member is heard of no more', async () => {
    await using cluster = await start()
    await using first = await TestMember.start(cluster, 'billing')
    const second = await TestMember.start(cluster, 'billing')
    await cluster.clock.runUntil(() => heldBy(first, second).length === 4 && heldBy(second).length === 2)
    await second.die()
    await cluster.clock.advance(9_000)
    expect(heldBy(first)).toHaveLength(2)
    await cluster.clock.runUntil(() => heldBy(first).length === 4)
    expect(heldBy(first)).toEqual(all)
  })

  test('keeps a member that reads nothing for as long as it likes: heartbeats do not depend on its handler', async () => {
    await using cluster = await start()
    await using member = await TestMember.start(cluster, 'billing', {}, ['orders'], {
      consumeClaim: (_session, claim) =>
        new Promise((resolve) => claim.signal.addEventListener('abort', () => resolve())),
    })
    await cluster.clock.runUntil(() => heldBy(member).length === 4)
    await cluster.clock.advance(10 * 60_000)
    expect(member.sessions).toHaveLength(1)
    expect(cluster.group('billing')).toMatchObject({
      state: 'Stable',
      members: [{ memberId: member.session?.memberId }],
    })
  })

  test('lets members of one client join beside each other', async () => {
    await using cluster = await start()
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    const held = new Set<number>()
    const handler = {
      async consumeClaim(
        _session: unknown,
        claim: { readonly partition: number; readonly messages: AsyncIterable<unknown> },
      ) {
        held.add(claim.partition)
        for await (const _ of claim.messages);
        held.delete(claim.partition)
      },
    }
    const stop = new AbortController()
    const groups = [0, 1, 2].map(() => newConsumerGroupFromClient('billing', client))
    const loops = groups.map(async (group) => {
      while (!stop.signal.aborted) await group.consume(['orders'], handler, stop).catch(() => {})
    })
    await cluster.clock.runUntil(() => held.size === 4 && cluster.group('billing').members.length === 3)
    stop.abort()
    await Promise.all(loops)
    for (const group of groups) await group.close()
    expect(cluster.group('billing').members).toEqual([])
  })

  test('goes by the strategy that all members have, whose leader sees what each says of itself', async () => {
    await using cluster = await start()
    const seen: ReadonlyMap<string, ConsumerGroupMember>[] = []
    const strategy = (name: string): BalanceStrategy => ({
      name,
      rebalanceProtocol: 'eager',
      plan: (members) => {
        seen.push(members)
        return new Map([...members.keys()].map((id, i) => [id, new Map([['orders', i === 0 ? [3, 1] : []]])]))
      },
    })
    const withStrategies = (names: readonly string[], userData: string): ConfigOptions => ({
      rackID: 'r1',
      consumer: {
        group: { rebalance: { groupStrategies: names.map(strategy) }, member: { userData: Buffer.from(userData) } },
      },
    })
    await using first = await TestMember.start(cluster, 'billing', withStrategies(['own', 'other'], 'first'))
    await using second = await TestMember.start(cluster, 'billing', withStrategies(['own'], 'second'))
    await cluster.clock.runUntil(() => first.sessions.length > 0 && second.sessions.length > 0)
    const last = seen.at(-1) as ReadonlyMap<string, ConsumerGroupMember>
    expect([...last.values()].map(({ userData, topics, rackId }) => [String(userData), topics, rackId]).sort()).toEqual(
      [
        ['first', ['orders'], 'r1'],
        ['second', ['orders'], 'r1'],
      ],
    )
    const claims = [first.session, second.session].map((session) => session?.claims)
    expect(claims).toContainEqual({ orders: [1, 3] })
  })

  test.each(['0.10.2', '0.11', '1.0', '2.0', '2.2', '2.3', '2.4', '2.5', '3.0', '3.1', '3.2', '3.5', '4.4'])(
    'takes members of %s',
    async (version) => {
      await using cluster = await start()
      const first = await TestMember.start(cluster, 'billing', { version, ...fromTheStart })
      const second = await TestMember.start(cluster, 'billing', { version, ...fromTheStart })
      await cluster.clock.runUntil(() => heldBy(first).length === 2 && heldBy(second).length === 2)
      await produce(first.client, 'orders', 0, ['a'])
      await cluster.clock.runUntil(() => first.read.length + second.read.length === 1)
      await first.stop()
      await second.stop()
      expect(committed(cluster)).toEqual({ 'orders/0': 1 })
      expect([...first.errors, ...second.errors]).toEqual([])
    },
  )
})

describe('a member', () => {
  test('is not made of a config that cannot be', async () => {
    await using cluster = await start()
    const options = cluster.clientConfig()
    const { bootstrapServers } = cluster
    await expect(newConsumerGroup(bootstrapServers, 'billing', { ...options, version: '0.10.1' })).rejects.toThrow(
      ConfigurationError,
    )
    await expect(
      newConsumerGroup(bootstrapServers, 'billing', {
        ...options,
        consumer: { group: { rebalance: { groupStrategies: [] } } },
      }),
    ).rejects.toThrow(ConfigurationError)
    const client = await newClient(bootstrapServers, newConfig(options))
    await client.close()
    expect(() => newConsumerGroupFromClient('billing', client)).toThrow(ErrClosedClient)
  })

  test('is told what it cannot consume', async () => {
    await using cluster = await start({ config: { 'auto.create.topics.enable': 'false' } })
    await using client = await newClient(cluster.bootstrapServers, {
      ...cluster.clientConfig(),
      metadata: { retry: { max: 0 } },
    })
    await using group = newConsumerGroupFromClient('billing', client)
    const handler = { consumeClaim: () => {} }
    await expect(group.consume([], handler)).rejects.toThrow('no topics')
    await expect(group.consume(['nowhere'], handler)).rejects.toThrow(ErrUnknownTopicOrPartition)
    cluster.use(respond(JoinGroup, () => ({ errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED, protocolName: '' })))
    await expect(group.consume(['orders'], handler)).rejects.toThrow(ErrGroupAuthorizationFailed)
  })

  test('gives up joining with its signal, and leaves with close', async () => {
    await using cluster = await start()
    const first = await TestMember.start(cluster, 'billing', {}, ['orders'], {
      consumeClaim: () => new Promise(() => {}),
    })
    await cluster.clock.runUntil(() => heldBy(first).length === 4)
    const client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    const group = newConsumerGroupFromClient('billing', client)
    const stop = new AbortController()
    const consuming = group.consume(['orders'], { consumeClaim: () => {} }, stop)
    const waiting = group.consume(['orders'], { consumeClaim: () => {} }, stop)
    await cluster.clock.runUntil(() => cluster.group('billing').state === 'PreparingRebalance')
    stop.abort(new Error('enough'))
    await expect(consuming).rejects.toThrow('enough')
    await expect(waiting).rejects.toThrow('enough')
    expect(cluster.group('billing').members).toHaveLength(2)
    await group.close()
    expect(cluster.group('billing').members).toHaveLength(1)
    await expect(group.consume(['orders'], { consumeClaim: () => {} })).rejects.toThrow(ErrClosedConsumerGroup)
    await client.close()
  })

  test('ends its session and its client with close, and leaves no connection and no timer', async () => {
    await using cluster = await start()
    const config = cluster.clientConfig()
    const timers = new Set<object>()
    const clock = {
      ...config.clock,
      now: () => config.clock.now(),
      setTimer: (delayMs: number, callback: () => void) => {
        const timer = config.clock.setTimer(delayMs, () => {
          timers.delete(handle)
          callback()
        })
        const handle = {
          cancel: () => {
            timers.delete(handle)
            timer.cancel()
          },
        }
        timers.add(handle)
        return handle
      },
    }
    const group = await newConsumerGroup(cluster.bootstrapServers, 'billing', { ...config, clock })
    let claims = 0
    const consuming = group.consume(['orders'], {
      async consumeClaim(_session, claim) {
        claims++
        for await (const _ of claim.messages);
      },
    })
    await cluster.clock.runUntil(() => claims === 4)
    await group.close()
    await consuming
    await group.close()
    expect(await group.errors.receive()).toBeUndefined()
    await cluster.clock.advance(0)
    expect(cluster.network.connections).toEqual([])
    expect(timers.size).toBe(0)
    expect(cluster.group('billing').members).toEqual([])
  })
})

describe('offsets that nobody has committed', () => {
  test('are the newest ones, unless consumer.offsets.initial says otherwise', async () => {
    await using cluster = await start({ topics: { orders: { partitions: 1 } } })
    const client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    await produce(client, 'orders', 0, ['a', 'b'])
    const group = newConsumerGroupFromClient('billing', client)
    const starts: number[] = []
    await group.consume(['orders'], { consumeClaim: (_session, claim) => void starts.push(claim.initialOffset) })
    client.config.consumer.offsets.initial = OffsetOldest
    await group.consume(['orders'], { consumeClaim: (_session, claim) => void starts.push(claim.initialOffset) })
    client.config.consumer.offsets.initial = OffsetNewest
    expect(starts).toEqual([2, 0])
    await group.close()
    await client.close()
  })
})
