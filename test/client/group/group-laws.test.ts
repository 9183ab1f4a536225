import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Client, newClient } from '../../../src/client/client.ts'
import { type ConfigOptions, newConfig } from '../../../src/client/config/config.ts'
import { OffsetOldest } from '../../../src/client/config/options.ts'
import type { ConsumerGroupClaim, ConsumerGroupSession } from '../../../src/client/group/handler.ts'
import {
  type BalanceStrategy,
  newBalanceStrategyCooperativeSticky,
  newBalanceStrategyRange,
  newBalanceStrategyRoundRobin,
  newBalanceStrategySticky,
} from '../../../src/client/group/strategies/index.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { heldBy, TestMember } from './member.ts'
import { produce } from './records.ts'

const GROUP = 'billing'
const PARTITIONS = 3
const NAMES = Array.from({ length: PARTITIONS }, (_, i) => `orders/${i}`)
/** How long it may take until all is well again, once nothing fails any more, in ms of virtual time. */
const CALM_MS = 600_000

const strategies: Readonly<Record<string, () => BalanceStrategy>> = {
  range: newBalanceStrategyRange,
  roundrobin: newBalanceStrategyRoundRobin,
  sticky: newBalanceStrategySticky,
  'cooperative-sticky': newBalanceStrategyCooperativeSticky,
}

const member = fc.nat({ max: 2 })
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('join' as const), slowMs: fc.constantFrom(0, 0, 2_000, 15_000) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('leave' as const), member }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('die' as const), member }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('move' as const), broker: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill' as const), broker: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('start' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('produce' as const), partition: fc.nat({ max: PARTITIONS - 1 }) }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 20_000 }) }) },
)
const history = fc.array(step, { minLength: 3, maxLength: 40, size: 'max' })

class World implements AsyncDisposable {
  readonly cluster: KafkaCluster
  private readonly client: Client
  private readonly strategy: () => BalanceStrategy
  private readonly members: TestMember[] = []
  private readonly streams = new Set<{ destroy(): void }>()
  private readonly read = NAMES.map(() => new Set<number>())
  private readonly marked = NAMES.map(() => 0)
  private readonly leaving: Promise<void>[] = []

  constructor(cluster: KafkaCluster, client: Client, strategy: () => BalanceStrategy) {
    this.cluster = cluster
    this.client = client
    this.strategy = strategy
  }

  async act(one: typeof step extends fc.Arbitrary<infer Step> ? Step : never): Promise<void> {
    const { cluster, members } = this
    switch (one.kind) {
      case 'join':
        if (members.length < 3) members.push(await this.newMember(one.slowMs))
        break
      case 'leave': {
        const [gone] = members.splice(one.member, 1)
        if (gone !== undefined) this.leaving.push(gone.stop())
        break
      }
      case 'die': {
        const [gone] = members.splice(one.member, 1)
        if (gone !== undefined) this.leaving.push(gone.die())
        break
      }
      case 'move': {
        const group = cluster.group(GROUP)
        const next = cluster.broker(one.broker)
        if (group.coordinator !== undefined && next.isRunning) group.moveCoordinator(next)
        break
      }
      case 'cut':
        for (const stream of this.streams) stream.destroy()
        break
      case 'kill':
        // One at a time: the others have all that is committed.
        if (cluster.brokers.every(({ isRunning }) => isRunning)) await cluster.broker(one.broker).kill()
        break
      case 'start':
        for (const broker of cluster.brokers) await broker.start()
        break
      case 'produce':
        // Where the leader has died, nobody may take it.
        await produce(this.client, 'orders', one.partition, ['a']).catch(() => {})
        break
      case 'pass':
        // In small steps, so that the laws are looked at often.
        for (let left = one.ms; left > 0; left -= 500) {
          await cluster.clock.advance(Math.min(left, 500))
          this.look()
        }
        break
    }
    this.look()
  }

  /** Nobody holds what another member of the same generation holds, and nothing is committed that was not marked. */
  look(): void {
    const held = new Map<string, string>()
    for (const { session } of this.members) {
      if (session === undefined || session.signal.aborted) continue
      for (const [topic, partitions] of Object.entries(session.claims)) {
        for (const partition of partitions) {
          const key = `${session.generationId}: ${topic}/${partition}`
          expect([undefined, session.memberId]).toContain(held.get(key))
          held.set(key, session.memberId)
        }
      }
    }
    for (const { partition, offset } of this.cluster.group(GROUP).committed) {
      expect(offset).toBeLessThanOrEqual(this.marked[partition] as number)
    }
  }

  /** Once nothing fails any more, every partition is held by one member, and all that was produced is read and committed. */
  async comesToRest(): Promise<void> {
    for (const broker of this.cluster.brokers) await broker.start()
    if (this.members.length === 0) this.members.push(await this.newMember(0))
    for (let passed = 0; passed < CALM_MS && !this.isAtRest; passed += 1_000) {
      await this.cluster.clock.advance(1_000)
      this.look()
    }
    expect(heldBy(...this.members)).toEqual(NAMES)
    expect(this.read.map(({ size }) => size)).toEqual(this.produced)
    expect(this.committed).toEqual(this.produced)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    let over = false
    const stopped = Promise.all([...this.members.map((one) => one.stop()), ...this.leaving]).finally(() => {
      over = true
    })
    await this.cluster.clock.runUntil(() => over)
    await stopped
    await this.client.close()
    await this.cluster.stop()
  }

  private get isAtRest(): boolean {
    return heldBy(...this.members).join() === NAMES.join() && this.committed.join() === this.produced.join()
  }

  private get produced(): number[] {
    return NAMES.map((_, partition) => this.cluster.partition('orders', partition).highWatermark)
  }

  private get committed(): number[] {
    const offsets = NAMES.map(() => 0)
    for (const { partition, offset } of this.cluster.group(GROUP).committed) offsets[partition] = offset
    return offsets
  }

  private newMember(slowMs: number): Promise<TestMember> {
    const { clock, ...config } = this.cluster.clientConfig()
    const dial: typeof config.net.dial = (host, port) => {
      const stream = config.net.dial(host, port)
      this.streams.add(stream)
      stream.once('close', () => this.streams.delete(stream))
      return stream
    }
    const options: ConfigOptions = {
      net: { dial },
      consumer: {
        offsets: { initial: OffsetOldest },
        group: { rebalance: { groupStrategies: [this.strategy()] } },
      },
    }
    const consumeClaim = async (session: ConsumerGroupSession, claim: ConsumerGroupClaim): Promise<void> => {
      for await (const message of claim.messages) {
        this.read[message.partition]?.add(message.offset)
        this.marked[message.partition] = Math.max(this.marked[message.partition] as number, message.offset + 1)
        session.markMessage(message)
      }
      if (slowMs > 0) await new Promise<void>((resolve) => clock.setTimer(slowMs, resolve))
    }
    return TestMember.start(this.cluster, GROUP, options, ['orders'], { consumeClaim })
  }
}

describe.each(Object.keys(strategies))('a group that shares its partitions out by %s', (name) => {
  test('has no partition held twice in a generation, and in the end reads and commits everything, whatever comes between', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.integer(), async (steps, seed) => {
        const cluster = await KafkaCluster.start({
          clock: 'virtual',
          seed,
          brokers: 3,
          topics: { orders: { partitions: PARTITIONS, replicationFactor: 3 } },
        })
        const client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
        await using world = new World(cluster, client, strategies[name] as () => BalanceStrategy)
        for (const one of steps) await world.act(one)
        await world.comesToRest()
      }),
      { numRuns: 12 },
    )
  })
})
