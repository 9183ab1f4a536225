import { describe, expect, test } from 'vitest'
import { Channel } from '../../../src/client/channel.ts'
import { newClient } from '../../../src/client/client.ts'
import { type Config, type ConfigOptions, newConfig } from '../../../src/client/config/config.ts'
import { OffsetOldest } from '../../../src/client/config/options.ts'
import { ErrFencedInstancedId, ErrUnknownTopicOrPartition } from '../../../src/client/errors/kafka-errors.ts'
import { type ConsumerGroup, newConsumerGroup } from '../../../src/client/group/consumer-group.ts'
import type { ConsumerGroupClaim, ConsumerGroupSession } from '../../../src/client/group/handler.ts'
import {
  type BalanceStrategy,
  newBalanceStrategyCooperativeSticky,
  newBalanceStrategyRange,
  newBalanceStrategyRoundRobin,
  newBalanceStrategySticky,
} from '../../../src/client/group/strategies/index.ts'
import { DeleteRecords } from '../../../src/protocol/messages/delete-records.ts'
import { type TestCluster, testCluster } from '../harness.ts'

const strategies: readonly (() => BalanceStrategy)[] = [
  newBalanceStrategyRange,
  newBalanceStrategyRoundRobin,
  newBalanceStrategySticky,
  newBalanceStrategyCooperativeSticky,
]

function configOf(cluster: TestCluster, strategy: BalanceStrategy, instanceId = ''): Config {
  const consumer: ConfigOptions['consumer'] = {
    return: { errors: true },
    offsets: { initial: OffsetOldest },
    group: {
      heartbeat: { interval: 100 },
      session: { timeout: 6_000 },
      rebalance: { groupStrategies: [strategy] },
      instanceId,
    },
  }
  return newConfig({ ...cluster.config, consumer })
}

/** A member that consumes in a loop, and tells of all that happens. */
class Member implements AsyncDisposable {
  readonly group: ConsumerGroup
  /** How many partitions it holds, each time that changes. */
  readonly held: Channel<number> = new Channel(1_000)
  readonly read: Channel<string> = new Channel(1_000)
  /** What `consume` has thrown last. */
  failure: unknown
  session: ConsumerGroupSession | undefined
  sessions = 0
  private claims = 0
  private readonly stopping = new AbortController()
  private readonly loop: Promise<void>

  private constructor(group: ConsumerGroup, topic: string) {
    this.group = group
    this.loop = this.consume(topic)
  }

  static async start(
    cluster: TestCluster,
    groupId: string,
    topic: string,
    strategy: BalanceStrategy,
    instanceId = '',
  ): Promise<Member> {
    return new Member(await newConsumerGroup(cluster.addrs, groupId, configOf(cluster, strategy, instanceId)), topic)
  }

  /** Resolves when it holds so many partitions. */
  async holds(count: number): Promise<void> {
    while (this.claims !== count) await this.held.receive()
  }

  /** What it reads next, so many values, sorted. */
  async reads(count: number): Promise<string[]> {
    const values: string[] = []
    while (values.length < count) values.push((await this.read.receive()) as string)
    return values.sort()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stopping.abort()
    await this.group.close()
    await this.loop
  }

  private async consume(topic: string): Promise<void> {
    const { signal } = this.stopping
    while (!signal.aborted && this.failure === undefined) {
      try {
        await this.group.consume([topic], this, { signal })
      } catch (error) {
        if (!signal.aborted) this.failure = error
      }
    }
  }

  setup(session: ConsumerGroupSession): void {
    this.session = session
    this.sessions++
  }

  async consumeClaim(session: ConsumerGroupSession, claim: ConsumerGroupClaim): Promise<void> {
    this.claims++
    this.held.push(this.claims)
    for await (const message of claim.messages) {
      session.markMessage(message)
      this.read.push(String(message.value))
    }
    this.claims--
    this.held.push(this.claims)
  }
}

describe.each(strategies.map((strategy) => [strategy().name, strategy] as const))(
  'a consumer group that shares out by %s',
  (name, strategy) => {
    test('shares its partitions out again when members come and leave, and reads everything once', async () => {
      await using cluster = await testCluster()
      const topic = await cluster.createTopic(`orders-${name}`, { partitions: 4 })
      const group = cluster.unique(`billing-${name}`)
      for (const partition of [0, 1, 2, 3]) await cluster.produce(topic, partition, [`before-${partition}`])
      await using first = await Member.start(cluster, group, topic, strategy())
      expect(await first.reads(4)).toEqual(['before-0', 'before-1', 'before-2', 'before-3'])
      {
        await using second = await Member.start(cluster, group, topic, strategy())
        await Promise.all([first.holds(2), second.holds(2)])
        for (const partition of [0, 1, 2, 3]) await cluster.produce(topic, partition, [`between-${partition}`])
        const read = await Promise.all([first.reads(2), second.reads(2)])
        expect(read.flat().sort()).toEqual(['between-0', 'between-1', 'between-2', 'between-3'])
      }
      await first.holds(4)
      for (const partition of [0, 1, 2, 3]) await cluster.produce(topic, partition, [`after-${partition}`])
      expect(await first.reads(4)).toEqual(['after-0', 'after-1', 'after-2', 'after-3'])
      expect(first.failure).toBeUndefined()
      // A cooperative session outlives rebalances (KIP-429), an eager one does not.
      expect(first.sessions === 1).toBe(name === 'cooperative-sticky')
    })
  },
)

describe('a consumer group', () => {
  test('goes on where it has left off', async () => {
    await using cluster = await testCluster()
    const topic = await cluster.createTopic('orders')
    const group = cluster.unique('billing')
    await cluster.produce(topic, 0, ['a', 'b'])
    {
      await using first = await Member.start(cluster, group, topic, newBalanceStrategyRange())
      expect(await first.reads(2)).toEqual(['a', 'b'])
    }
    await cluster.produce(topic, 0, ['c'])
    await using second = await Member.start(cluster, group, topic, newBalanceStrategyRange())
    expect(await second.reads(1)).toEqual(['c'])
  })

  test('begins at consumer.offsets.initial where what was committed is gone', async () => {
    await using cluster = await testCluster()
    const topic = await cluster.createTopic('orders')
    const group = cluster.unique('billing')
    await cluster.produce(topic, 0, ['a'])
    {
      await using first = await Member.start(cluster, group, topic, newBalanceStrategyRange())
      expect(await first.reads(1)).toEqual(['a'])
    }
    await cluster.produce(topic, 0, ['b', 'c', 'd'])
    {
      await using client = await newClient(cluster.addrs, newConfig(cluster.config))
      const leader = await client.leader(topic, 0)
      await leader.send(DeleteRecords, {
        topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: 3 }] }],
        timeoutMs: 30_000,
      })
    }
    await using second = await Member.start(cluster, group, topic, newBalanceStrategyRange())
    expect(await second.reads(1)).toEqual(['d'])
    expect(second.failure).toBeUndefined()
  })

  test('takes a static member back with what it had (KIP-345)', async () => {
    await using cluster = await testCluster()
    const topic = await cluster.createTopic('orders', { partitions: 2 })
    const group = cluster.unique('billing')
    const strategy = newBalanceStrategyRange
    await using other = await Member.start(cluster, group, topic, strategy(), 'two')
    await other.holds(2)
    let before: unknown
    {
      await using first = await Member.start(cluster, group, topic, strategy(), 'one')
      await Promise.all([first.holds(1), other.holds(1)])
      before = first.session?.claims
    }
    const generation = other.session?.generationId
    await using again = await Member.start(cluster, group, topic, strategy(), 'one')
    await again.holds(1)
    expect(again.session?.claims).toEqual(before)
    expect(other.session?.generationId).toBe(generation)
  })

  test('fences a static member whose name another one has taken', async () => {
    await using cluster = await testCluster()
    const topic = await cluster.createTopic('orders')
    const group = cluster.unique('billing')
    await using first = await Member.start(cluster, group, topic, newBalanceStrategyRange(), 'one')
    await first.holds(1)
    await using second = await Member.start(cluster, group, topic, newBalanceStrategyRange(), 'one')
    await second.holds(1)
    expect(await first.group.errors.receive()).toBeInstanceOf(ErrFencedInstancedId)
  })

  test('is told of a topic that is not there', async () => {
    await using cluster = await testCluster()
    const options: ConfigOptions = { ...cluster.config, metadata: { retry: { max: 1, backoff: 10 } } }
    await using group = await newConsumerGroup(cluster.addrs, cluster.unique('billing'), options)
    const consuming = group.consume([cluster.unique('nowhere')], { consumeClaim: () => {} })
    await expect(consuming).rejects.toThrow(ErrUnknownTopicOrPartition)
  })
})
