import type { KafkaConsumer } from 'kafka-crab-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type BalanceStrategy,
  type ConsumerGroup,
  type ConsumerGroupSession,
  newBalanceStrategyCooperativeSticky,
  newBalanceStrategyRange,
  newBalanceStrategyRoundRobin,
  newConsumerGroup,
  OffsetOldest,
} from '../../../src/client/index.ts'
import { librdkafka } from '../../clients/librdkafka.ts'
import { type TestCluster, testCluster } from '../harness.ts'

const strategies: readonly (readonly [string, () => BalanceStrategy])[] = [
  ['range', newBalanceStrategyRange],
  ['roundrobin', newBalanceStrategyRoundRobin],
  ['cooperative-sticky', newBalanceStrategyCooperativeSticky],
]

/** Tells what each of two members holds, and who asks is told when that is so. */
class Assignments {
  readonly ours = new Set<number>()
  theirs: readonly number[] = []
  private readonly waiting = new Set<() => void>()

  changed(): void {
    for (const look of this.waiting) look()
  }

  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return
        this.waiting.delete(look)
        resolve()
      }
      this.waiting.add(look)
      look()
    })
  }

  /** Whether both hold half of four partitions, and no one two of the same. */
  get areShared(): boolean {
    return this.ours.size === 2 && this.theirs.length === 2 && new Set([...this.ours, ...this.theirs]).size === 4
  }
}

async function join(
  cluster: TestCluster,
  groupId: string,
  topic: string,
  strategy: BalanceStrategy,
  assignments: Assignments,
): Promise<() => Promise<void>> {
  const group: ConsumerGroup = await newConsumerGroup(cluster.addrs, groupId, {
    consumer: {
      offsets: { initial: OffsetOldest },
      group: {
        session: { timeout: 6_000 },
        heartbeat: { interval: 100 },
        rebalance: { groupStrategies: [strategy] },
      },
    },
  })
  const stopping = new AbortController()
  const consumeClaim = async (
    _session: ConsumerGroupSession,
    claim: { readonly partition: number; readonly messages: AsyncIterable<unknown> },
  ): Promise<void> => {
    assignments.ours.add(claim.partition)
    assignments.changed()
    for await (const _ of claim.messages);
    assignments.ours.delete(claim.partition)
    assignments.changed()
  }
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await group.consume([topic], { consumeClaim }, stopping).catch((error: unknown) => {
        if (!stopping.signal.aborted) throw error
      })
    }
  })()
  return async () => {
    stopping.abort()
    await group.close()
    await loop
  }
}

async function joinByLibrdkafka(
  { addrs }: TestCluster,
  groupId: string,
  topic: string,
  strategy: string,
  assignments: Assignments,
): Promise<() => Promise<void>> {
  const { KafkaClient } = await import('kafka-crab-js')
  const client = new KafkaClient({
    brokers: addrs.join(','),
    clientId: 'librdkafka',
    logLevel: 'error',
    brokerAddressFamily: 'v4',
    diagnostics: false,
  })
  const consumer: KafkaConsumer = client.createConsumer({
    groupId,
    enableAutoCommit: false,
    configuration: {
      'auto.offset.reset': 'earliest',
      'session.timeout.ms': 6000,
      'heartbeat.interval.ms': 100,
      'fetch.wait.max.ms': 50,
      'partition.assignment.strategy': strategy,
    },
  })
  const look = (): void => {
    assignments.theirs = consumer
      .assignment()
      .flatMap((each) => (each.topic === topic ? each.partitionOffset.map(({ partition }) => partition) : []))
    assignments.changed()
  }
  consumer.onEvents((error) => {
    if (!error) look()
  })
  await consumer.subscribe(topic)
  const reading = (async () => {
    while (await consumer.recv()) look()
  })().catch(() => {})
  return async () => {
    consumer.unsubscribe()
    await consumer.disconnect()
    await reading
  }
}

const unavailable = await librdkafka.unavailable?.([])
let cluster: TestCluster

beforeAll(async () => {
  cluster = await testCluster({ tcp: true })
})

afterAll(async () => {
  // The closed consumers of librdkafka keep their connections, and complain when memkafka ends them: it ends with this process.
  if (cluster.real) await cluster[Symbol.asyncDispose]()
})

describe.skipIf(unavailable !== undefined).each(strategies)('a group that shares out by %s', (name, strategy) => {
  test.each([
    ['our member', true],
    ['librdkafka', false],
  ])('has members of ours and of librdkafka, with %s leading', async (_leader, oursLeads) => {
    const topic = await cluster.createTopic(`orders-${name}-${oursLeads}`, { partitions: 4 })
    const group = cluster.unique(topic)
    const assignments = new Assignments()
    const ours = () => join(cluster, group, topic, strategy(), assignments)
    const theirs = () => joinByLibrdkafka(cluster, group, topic, name, assignments)
    if (oursLeads) {
      const leave = await ours()
      await assignments.until(() => assignments.ours.size === 4)
      const end = await theirs()
      await assignments.until(() => assignments.areShared)
      await end()
      await assignments.until(() => assignments.ours.size === 4)
      await leave()
    } else {
      const end = await theirs()
      await assignments.until(() => assignments.theirs.length === 4)
      const leave = await ours()
      await assignments.until(() => assignments.areShared)
      await leave()
      await assignments.until(() => assignments.theirs.length === 4)
      await end()
    }
    expect(assignments.ours.size).toBe(0)
  })
})
