import { describe, expect, test } from 'vitest'
import type { ConfigOptions } from '../../../src/client/config/config.ts'
import { OffsetOldest } from '../../../src/client/config/options.ts'
import { ErrSessionConsumeClaimExited } from '../../../src/client/group/session-end.ts'
import {
  type BalanceStrategy,
  newBalanceStrategyCooperativeSticky,
  newBalanceStrategyRange,
} from '../../../src/client/group/strategies/index.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { heldBy, namesOf, TestMember } from './member.ts'
import { produce } from './records.ts'

const all = ['orders/0', 'orders/1', 'orders/2', 'orders/3']

function start(): Promise<KafkaCluster> {
  return KafkaCluster.start({ clock: 'virtual', topics: { orders: { partitions: 4 } } })
}

function using(...groupStrategies: BalanceStrategy[]): ConfigOptions {
  return { consumer: { offsets: { initial: OffsetOldest }, group: { rebalance: { groupStrategies } } } }
}

const cooperative = (): ConfigOptions => using(newBalanceStrategyCooperativeSticky())

describe('a group whose strategy is cooperative (KIP-429)', () => {
  test('leaves a member what it keeps: the session goes on, and only what moves is given up', async () => {
    await using cluster = await start()
    const begun: string[] = []
    const ended: string[] = []
    const first = await TestMember.start(cluster, 'billing', cooperative(), ['orders'], {
      async consumeClaim(session, claim) {
        begun.push(`${claim.partition}`)
        for await (const message of claim.messages) session.markMessage(message)
        ended.push(`${claim.partition}`)
      },
    })
    await cluster.clock.runUntil(() => heldBy(first).length === 4)
    const generation = first.session?.generationId as number
    const second = await TestMember.start(cluster, 'billing', cooperative())
    await cluster.clock.runUntil(() => heldBy(second).length === 2)
    expect(first.sessions).toHaveLength(1)
    expect(begun).toHaveLength(4)
    expect(ended).toHaveLength(2)
    expect(heldBy(first, second)).toEqual(all)
    expect(namesOf(first.session as never)).toEqual(heldBy(first))
    expect(first.session?.generationId).toBeGreaterThan(generation)

    await second.stop()
    await cluster.clock.runUntil(() => heldBy(first).length === 4)
    expect(first.sessions).toHaveLength(1)
    expect(begun).toHaveLength(6)
    await first.stop()
    expect(first.sessions).toMatchObject([{ cleaned: true }])
    expect([...first.errors, ...second.errors]).toEqual([])
  })

  test('gives a partition to its new owner only when the old one has let go, and has committed', async () => {
    await using cluster = await start()
    let letGo = (): void => {}
    const heldBack = new Promise<void>((resolve) => {
      letGo = resolve
    })
    const first = await TestMember.start(cluster, 'billing', cooperative(), ['orders'], {
      async consumeClaim(session, claim) {
        for await (const message of claim.messages) session.markMessage(message)
        // What is being done when the partition is to be given up takes a while.
        if (!session.signal.aborted) await heldBack
      },
    })
    await cluster.clock.runUntil(() => heldBy(first).length === 4)
    for (const partition of [0, 1, 2, 3]) await produce(first.client, 'orders', partition, ['a', 'b'])
    await cluster.clock.advance(600)
    const second = await TestMember.start(cluster, 'billing', cooperative())
    // Longer than a session's timeout: heartbeats go on meanwhile.
    await cluster.clock.advance(30_000)
    expect(heldBy(first)).toHaveLength(4)
    expect(heldBy(second)).toEqual([])
    letGo()
    await cluster.clock.runUntil(() => heldBy(second).length === 2)
    expect(heldBy(first, second)).toEqual(all)
    await cluster.clock.advance(2_000)
    // Nothing is read twice.
    expect(second.read).toEqual([])
    await first.stop()
    await second.stop()
  })

  test('lets three members come and go, and leaves nothing unread and nothing held twice', async () => {
    await using cluster = await start()
    const members = [await TestMember.start(cluster, 'billing', cooperative())]
    const evenly = () => {
      const held = heldBy(...members)
      return held.length === 4 && members.every(({ holds }) => holds.size >= Math.floor(4 / members.length))
    }
    await cluster.clock.runUntil(evenly)
    for (let i = 0; i < 2; i++) {
      members.push(await TestMember.start(cluster, 'billing', cooperative()))
      await cluster.clock.runUntil(evenly)
      expect(heldBy(...members)).toEqual(all)
    }
    await (members.shift() as TestMember).stop()
    await cluster.clock.runUntil(evenly)
    await (members.pop() as TestMember).die()
    await cluster.clock.runUntil(evenly)
    expect(heldBy(...members)).toEqual(all)
    for (const member of members) await member.stop()
  })

  test('ends the session of a member that the coordinator has forgotten', async () => {
    await using cluster = await start()
    await using member = await TestMember.start(cluster, 'billing', cooperative())
    await cluster.clock.runUntil(() => heldBy(member).length === 4)
    // For longer than its session no heartbeat arrives.
    cluster.network.split([cluster.network.clients], cluster.brokers)
    await cluster.clock.advance(12_000)
    cluster.network.heal()
    await cluster.clock.runUntil(() => member.sessions.length === 2 && heldBy(member).length === 4)
    expect(member.sessions[0]?.cleaned).toBe(true)
  })

  test('ends the session when a handler returns though its claim has not ended', async () => {
    await using cluster = await start()
    await using member = await TestMember.start(cluster, 'billing', cooperative(), ['orders'], {
      async consumeClaim(_session, claim) {
        if (member.sessions.length > 1 || claim.partition !== 2) for await (const _ of claim.messages);
      },
    })
    await cluster.clock.runUntil(() => member.sessions.length === 2 && heldBy(member).length === 4)
    expect(member.sessions[0]?.session.signal.reason).toBeInstanceOf(ErrSessionConsumeClaimExited)
  })

  test('is eager while there are members that have an eager strategy too, and moves over with the last of them', async () => {
    await using cluster = await start()
    const old = await TestMember.start(cluster, 'billing', using(newBalanceStrategyRange()))
    const both = () => using(newBalanceStrategyCooperativeSticky(), newBalanceStrategyRange())
    const first = await TestMember.start(cluster, 'billing', both())
    await cluster.clock.runUntil(() => heldBy(old).length === 2 && heldBy(first).length === 2)
    await old.stop()
    const second = await TestMember.start(cluster, 'billing', cooperative())
    await cluster.clock.runUntil(() => heldBy(second).length === 2 && heldBy(first).length === 2)
    await first.stop()
    const third = await TestMember.start(cluster, 'billing', cooperative())
    await cluster.clock.runUntil(() => heldBy(second).length === 2 && heldBy(third).length === 2)
    expect(heldBy(second, third)).toEqual(all)
    await second.stop()
    await third.stop()
    expect([old, first, second, third].flatMap(({ errors }) => errors)).toEqual([])
  })
})
