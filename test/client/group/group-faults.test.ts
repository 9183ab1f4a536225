import { describe, expect, test } from 'vitest'
import type { ConfigOptions } from '../../../src/client/config/config.ts'
import { OffsetOldest } from '../../../src/client/config/options.ts'
import { ConsumerError } from '../../../src/client/errors/client-errors.ts'
import {
  ErrFencedInstancedId,
  ErrIllegalGeneration,
  ErrRebalanceInProgress,
  ErrUnknownMemberId,
} from '../../../src/client/errors/kafka-errors.ts'
import { ErrSessionHeartbeatFailed, ErrSessionPartitionCountChanged } from '../../../src/client/group/session-end.ts'
import { newBalanceStrategyCooperativeSticky } from '../../../src/client/group/strategies/index.ts'
import { type ClusterOptions, KafkaCluster } from '../../../src/index.ts'
import { ErrorCode } from '../../../src/protocol/errors.ts'
import type { Input } from '../../../src/protocol/message.ts'
import type { OffsetCommitRequest, OffsetCommitResponse } from '../../../src/protocol/messages/offset-commit.ts'
import {
  CreatePartitions,
  Heartbeat,
  JoinGroup,
  LeaveGroup,
  OffsetCommit,
  respond,
} from '../../../src/testing/index.ts'
import { settled } from '../producer/settled.ts'
import { heldBy, TestMember } from './member.ts'
import { produce } from './records.ts'

const consumer: ConfigOptions['consumer'] = { offsets: { initial: OffsetOldest }, return: { errors: true } }
const fromTheStart: ConfigOptions = { consumer }

function start(options: ClusterOptions = {}): Promise<KafkaCluster> {
  return KafkaCluster.start({ clock: 'virtual', topics: { orders: { partitions: 4 } }, ...options })
}

function committed(cluster: KafkaCluster): Record<string, number> {
  return Object.fromEntries(
    cluster.group('billing').committed.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]),
  )
}

function refused({ topics }: OffsetCommitRequest, errorCode: number): Input<OffsetCommitResponse> {
  return {
    topics: topics.map(({ name, topicId, partitions }) => ({
      name,
      topicId,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  }
}

describe('a coordinator', () => {
  test('that moves is found again, and the session goes on', async () => {
    await using cluster = await start({ brokers: 3 })
    await using member = await TestMember.start(cluster, 'billing', fromTheStart)
    await cluster.clock.runUntil(() => heldBy(member).length === 4)
    const generation = member.session?.generationId
    const group = cluster.group('billing')
    for (let i = 0; i < 3; i++) {
      group.moveCoordinator(cluster.broker(((group.coordinator as number) % 3) + 1))
      await cluster.clock.advance(20_000)
    }
    await produce(member.client, 'orders', 2, ['a'])
    await cluster.clock.advance(5_000)
    expect(committed(cluster)).toEqual({ 'orders/2': 1 })
    expect(member.sessions).toHaveLength(1)
    expect(member.session?.generationId).toBe(generation)
    expect(member.errors).toEqual([])
    expect(member.group.errors.length).toBe(0)
  })

  test('that dies is found again', async () => {
    await using cluster = await start({
      brokers: 3,
      topics: { orders: { partitions: 4, replicationFactor: 3 } },
    })
    const first = await TestMember.start(cluster, 'billing', fromTheStart)
    const second = await TestMember.start(cluster, 'billing', fromTheStart)
    await cluster.clock.runUntil(() => heldBy(first).length === 2 && heldBy(second).length === 2)
    await cluster.broker(cluster.group('billing').coordinator).kill()
    await cluster.clock.advance(60_000)
    await cluster.clock.runUntil(() => heldBy(first).length === 2 && heldBy(second).length === 2)
    await produce(first.client, 'orders', 0, ['a'])
    await cluster.clock.runUntil(() => first.read.length + second.read.length > 0)
    await first.stop()
    await second.stop()
    expect(committed(cluster)).toEqual({ 'orders/0': 1 })
  })

  test('that nobody reaches ends the session, and lets the member in again when it is back', async () => {
    await using cluster = await start()
    await using member = await TestMember.start(cluster, 'billing', fromTheStart)
    await cluster.clock.runUntil(() => heldBy(member).length === 4)
    await cluster.broker(1).kill()
    await cluster.clock.runUntil(() => heldBy(member).length === 0)
    expect(member.sessions[0]?.session.signal.reason).toBeInstanceOf(ErrSessionHeartbeatFailed)
    await cluster.broker(1).start()
    await cluster.clock.runUntil(() => heldBy(member).length === 4)
  })

  test('whose connections are cut hears the next heartbeats over others', async () => {
    await using cluster = await start()
    const config = cluster.clientConfig()
    const streams = new Set<{ destroy(): void }>()
    const dial: typeof config.net.dial = (host, port) => {
      const stream = config.net.dial(host, port)
      streams.add(stream)
      stream.once('close', () => streams.delete(stream))
      return stream
    }
    await using member = await TestMember.start(cluster, 'billing', { ...fromTheStart, net: { dial } })
    await cluster.clock.runUntil(() => heldBy(member).length === 4)
    for (let i = 0; i < 5; i++) {
      for (const stream of streams) stream.destroy()
      await cluster.clock.advance(10_000)
    }
    expect(member.sessions).toHaveLength(1)
    expect(cluster.group('billing').state).toBe('Stable')
  })

  test('that answers nothing is left in the time that the tries have, and one search for it', async () => {
    await using cluster = await start()
    const net = { ...cluster.clientConfig().net, readTimeout: 1_000 }
    const member = await TestMember.start(cluster, 'billing', { ...fromTheStart, net })
    await cluster.clock.runUntil(() => heldBy(member).length === 4)
    cluster.broker(1).pause()
    const { metadata } = member.client.config
    const tries = (metadata.retry.max + 1) * (net.readTimeout + metadata.retry.backoff)
    // The broker's address that the client was given is another place to ask.
    const search = (metadata.retry.max + 1) * (2 * net.readTimeout + 1.2 * metadata.retry.backoff)
    const begun = cluster.clock.now()
    await settled(
      cluster,
      member.stop().catch(() => {}),
    )
    expect(cluster.clock.now() - begun).toBeLessThanOrEqual(tries + search)
  })

  test('whose answers take their time loses no member, and takes new ones', async () => {
    await using cluster = await start({ brokers: 3 })
    const first = await TestMember.start(cluster, 'billing', fromTheStart)
    await cluster.clock.runUntil(() => heldBy(first).length === 4)
    for (const broker of cluster.brokers) cluster.network.link(broker, cluster.network.clients).set({ delay: 1_500 })
    await cluster.clock.advance(120_000)
    expect(first.sessions).toHaveLength(1)
    let second: TestMember | undefined
    const starting = TestMember.start(cluster, 'billing', fromTheStart).then((member) => {
      second = member
    })
    await cluster.clock.runUntil(() => second?.holds.size === 2 && heldBy(first).length === 2)
    await starting
    await cluster.clock.advance(120_000)
    expect(first.sessions).toHaveLength(2)
    expect(second?.sessions).toHaveLength(1)
    expect([...first.errors, ...(second?.errors ?? [])]).toEqual([])
    cluster.network.heal()
    await first.stop()
    await second?.stop()
  })

  test('that still loads its groups is asked to join again', async () => {
    await using cluster = await start()
    cluster.use(
      respond(JoinGroup, () => ({ errorCode: ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, protocolName: '' }), {
        once: true,
      }),
    )
    await using member = await TestMember.start(cluster, 'billing', fromTheStart)
    await cluster.clock.runUntil(() => heldBy(member).length === 4)
    expect(member.errors).toEqual([])
  })
})

describe('a rebalance in the middle of a commit', () => {
  test('leaves what was marked marked, and the session ends with it committed', async () => {
    await using cluster = await start({ topics: { orders: { partitions: 1 } } })
    let refusals = 0
    cluster.use(
      respond(OffsetCommit, ({ request }) => {
        if (refusals++ > 0) return undefined
        return refused(request, ErrorCode.REBALANCE_IN_PROGRESS)
      }),
    )
    const member = await TestMember.start(cluster, 'billing', fromTheStart)
    await cluster.clock.runUntil(() => heldBy(member).length === 1)
    await produce(member.client, 'orders', 0, ['a'])
    await cluster.clock.runUntil(() => refusals === 1)
    await member.stop()
    expect(committed(cluster)).toEqual({ 'orders/0': 1 })
    const error = await member.group.errors.receive()
    expect(error).toBeInstanceOf(ConsumerError)
    expect((error as ConsumerError).err).toBeInstanceOf(ErrRebalanceInProgress)
  })

  test('loses no mark when the member has to join again before its commit is answered', async () => {
    await using cluster = await start({ topics: { orders: { partitions: 2 } } })
    const first = await TestMember.start(cluster, 'billing', fromTheStart)
    await cluster.clock.runUntil(() => heldBy(first).length === 2)
    // Commits take four seconds, and the group rebalances meanwhile.
    let isSlow = true
    cluster.use(
      respond(OffsetCommit, () => {
        if (!isSlow) return undefined
        return new Promise((resolve) => cluster.clock.setTimer(4_000, () => resolve(undefined)))
      }),
    )
    for (const partition of [0, 1]) await produce(first.client, 'orders', partition, ['a', 'b'])
    await cluster.clock.advance(1_500)
    const second = await TestMember.start(cluster, 'billing', fromTheStart)
    await cluster.clock.runUntil(() => heldBy(second).length === 1 && heldBy(first).length === 1)
    isSlow = false
    expect(committed(cluster)).toEqual({ 'orders/0': 2, 'orders/1': 2 })
    expect(second.read).toEqual([])
    await first.stop()
    await second.stop()
  })

  test('of a member that the group has left behind commits nothing, and says so', async () => {
    await using cluster = await start({ topics: { orders: { partitions: 1 } } })
    let isBehind = false
    await using first = await TestMember.start(cluster, 'billing', fromTheStart, ['orders'], {
      async consumeClaim(session, claim) {
        for await (const message of claim.messages) {
          session.markMessage(message)
          await new Promise<void>((resolve) => session.signal.addEventListener('abort', () => resolve()))
          if (isBehind) await new Promise<void>((resolve) => cluster.clock.setTimer(120_000, resolve))
        }
      },
    })
    await cluster.clock.runUntil(() => heldBy(first).length === 1)
    isBehind = true
    cluster.use(respond(OffsetCommit, ({ request }) => refused(request, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)))
    await produce(first.client, 'orders', 0, ['a'])
    await cluster.clock.advance(600)
    // It does not come back within the rebalance timeout, and the group goes on without it.
    const second = await TestMember.start(cluster, 'billing', fromTheStart)
    await cluster.clock.runUntil(() => heldBy(second).length === 1)
    cluster.resetHandlers()
    await cluster.clock.runUntil(() => second.read.length === 1)
    await second.stop()
    await cluster.clock.runUntil(() => first.sessions.length > 1)
    const errors: unknown[] = []
    while (first.group.errors.length > 0) errors.push(((await first.group.errors.receive()) as ConsumerError).err)
    expect(errors.some((error) => error instanceof ErrUnknownMemberId || error instanceof ErrIllegalGeneration)).toBe(
      true,
    )
    expect(committed(cluster)).toEqual({ 'orders/0': 1 })
  })
})

describe('a member', () => {
  test('that the coordinator has forgotten joins again as a new one', async () => {
    await using cluster = await start()
    await using member = await TestMember.start(cluster, 'billing', fromTheStart)
    await cluster.clock.runUntil(() => heldBy(member).length === 4)
    cluster.use(respond(Heartbeat, () => ({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID }), { once: true }))
    await cluster.clock.runUntil(() => member.sessions.length === 2 && heldBy(member).length === 4)
    expect(member.sessions[0]?.session.signal.reason).toBeInstanceOf(ErrUnknownMemberId)
    expect(member.errors).toEqual([])
  })

  test('says why it joins again (KIP-800), and that it leaves', async () => {
    await using cluster = await start()
    const reasons: (string | null | undefined)[] = []
    cluster.use(
      respond(JoinGroup, ({ request }) => void reasons.push(request.reason)),
      respond(LeaveGroup, ({ request }) => void reasons.push(request.members[0]?.reason)),
    )
    const member = await TestMember.start(cluster, 'billing', fromTheStart)
    await cluster.clock.runUntil(() => heldBy(member).length === 4)
    cluster.use(respond(Heartbeat, () => ({ errorCode: ErrorCode.ILLEGAL_GENERATION }), { once: true }))
    await cluster.clock.runUntil(() => member.sessions.length === 2)
    await member.stop()
    expect(reasons).toEqual([null, null, 'the generation was not the current one', expect.any(String)])
  })

  test('that leads the group sees that a topic has got partitions, and has them shared out', async () => {
    await using cluster = await start()
    await using member = await TestMember.start(cluster, 'billing', fromTheStart)
    await cluster.clock.runUntil(() => heldBy(member).length === 4)
    const controller = await member.client.controller()
    await controller.send(CreatePartitions, {
      topics: [{ name: 'orders', count: 6, assignments: null }],
      timeoutMs: 1_000,
      validateOnly: false,
    })
    await cluster.clock.runUntil(() => heldBy(member).length === 6)
    expect(member.sessions[0]?.session.signal.reason).toBeInstanceOf(ErrSessionPartitionCountChanged)
    expect(member.errors).toEqual([])
  })

  test('that leads a cooperative group has new partitions shared out without giving up the old ones', async () => {
    await using cluster = await start()
    await using member = await TestMember.start(cluster, 'billing', {
      consumer: { group: { rebalance: { groupStrategies: [newBalanceStrategyCooperativeSticky()] } } },
      metadata: { refreshFrequency: 60_000 },
    })
    await cluster.clock.runUntil(() => heldBy(member).length === 4)
    const controller = await member.client.controller()
    await controller.send(CreatePartitions, {
      topics: [{ name: 'orders', count: 6, assignments: null }],
      timeoutMs: 1_000,
      validateOnly: false,
    })
    await cluster.clock.advance(62_000)
    expect(heldBy(member)).toHaveLength(6)
    expect(member.sessions).toHaveLength(1)
  })

  test('reads on where a partition gets another leader', async () => {
    await using cluster = await start({ brokers: 3, topics: { orders: { partitions: 2, replicationFactor: 3 } } })
    await using member = await TestMember.start(cluster, 'billing', fromTheStart)
    await cluster.clock.runUntil(() => heldBy(member).length === 2)
    await produce(member.client, 'orders', 0, ['a'])
    await cluster.broker(cluster.partition('orders', 0).leader).kill()
    await cluster.clock.advance(30_000)
    await member.client.refreshMetadata(['orders'])
    await produce(member.client, 'orders', 0, ['b'])
    await cluster.clock.runUntil(() => member.read.length >= 2)
    expect(member.read).toEqual(['orders/0@0', 'orders/0@1'])
  })
})

describe('a static member (KIP-345)', () => {
  const named = (instanceId: string): ConfigOptions => ({
    consumer: { ...consumer, group: { instanceId, session: { timeout: 30_000 } } },
  })

  test('that comes back before its session has timed out gets what it had, and the group does not rebalance', async () => {
    await using cluster = await start()
    const first = await TestMember.start(cluster, 'billing', named('one'))
    await using second = await TestMember.start(cluster, 'billing', named('two'))
    await cluster.clock.runUntil(() => heldBy(first).length === 2 && heldBy(second).length === 2)
    const before = heldBy(first)
    const generation = second.session?.generationId
    const sessions = second.sessions.length
    await first.stop()
    expect(cluster.group('billing').members).toHaveLength(2)
    await cluster.clock.advance(10_000)
    await using again = await TestMember.start(cluster, 'billing', named('one'))
    await cluster.clock.runUntil(() => heldBy(again).length === 2)
    expect(heldBy(again)).toEqual(before)
    expect(second.sessions).toHaveLength(sessions)
    expect(second.session?.generationId).toBe(generation)
  })

  test('that does not come back is given up when its session has timed out', async () => {
    await using cluster = await start()
    const first = await TestMember.start(cluster, 'billing', named('one'))
    await using second = await TestMember.start(cluster, 'billing', named('two'))
    await cluster.clock.runUntil(() => heldBy(first).length === 2 && heldBy(second).length === 2)
    await first.stop()
    await cluster.clock.advance(20_000)
    expect(heldBy(second)).toHaveLength(2)
    await cluster.clock.runUntil(() => heldBy(second).length === 4)
  })

  test('is fenced by another one of its name, and says so', async () => {
    await using cluster = await start()
    await using first = await TestMember.start(cluster, 'billing', named('one'), ['orders'])
    await cluster.clock.runUntil(() => heldBy(first).length === 4)
    await using second = await TestMember.start(cluster, 'billing', named('one'))
    await cluster.clock.runUntil(() => first.sessions[0]?.cleaned === true)
    expect(first.sessions[0]?.session.signal.reason).toBeInstanceOf(ErrFencedInstancedId)
    expect(await first.group.errors.receive()).toBeInstanceOf(ErrFencedInstancedId)
    await cluster.clock.runUntil(() => heldBy(second).length === 4)
    expect(cluster.group('billing').members).toHaveLength(1)
    expect(first.errors[0]).toBeInstanceOf(ErrFencedInstancedId)
  })
})
