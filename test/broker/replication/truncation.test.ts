import { describe, expect, onTestFinished, test } from 'vitest'
import { type BrokerHandle, KafkaCluster } from '../../../src/index.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import { WireClient } from '../../wire-client.ts'

const ALL = -1
const LEADER_ALONE = 1

/** Some replicas of one partition, in the examples' own letters, on virtual time. */
class Replicas {
  readonly cluster: KafkaCluster
  readonly brokers: readonly BrokerHandle[]

  private constructor(cluster: KafkaCluster) {
    this.cluster = cluster
    this.brokers = cluster.brokers
  }

  static async start(count: number, configs: Record<string, string> = {}): Promise<Replicas> {
    const cluster = await KafkaCluster.start({
      brokers: count,
      clock: 'virtual',
      topics: { orders: { replicationFactor: count, configs } },
    })
    onTestFinished(() => cluster.stop())
    const replicas = new Replicas(cluster)
    replicas.partition.elect(replicas.brokers[0] as BrokerHandle)
    return replicas
  }

  get partition() {
    return this.cluster.partition('orders', 0)
  }

  async produce(broker: BrokerHandle, value: string, acks = LEADER_ALONE): Promise<void> {
    const records = [buildBatch([{ value, timestamp: this.cluster.clock.now() }])]
    const { responses } = await new WireClient(broker.connect()).send(Produce, 9, {
      acks,
      timeoutMs: 1000,
      topicData: [{ name: 'orders', partitionData: [{ index: 0, records }] }],
    })
    expect(errorName(responses[0]?.partitionResponses[0]?.errorCode ?? -1)).toBe('NONE')
  }

  /** Keeps the replicas from fetching, without anyone taking them for dead: no time goes by. */
  holdFetches(): void {
    this.eachPair((one, other) => this.cluster.network.link(one, other).set({ delay: 60_000 }))
  }

  /** Lets everything arrive. */
  letFetch(): void {
    this.eachPair((one, other) => this.cluster.network.link(one, other).set({ delay: 0 }))
  }

  values(broker: BrokerHandle): string[] {
    return (this.partition.log(broker)?.records ?? []).map(({ value }) => String(value))
  }

  epochs(broker: BrokerHandle): [epoch: number, startOffset: number][] {
    return (this.partition.log(broker)?.leaderEpochs ?? []).map(({ epoch, startOffset }) => [epoch, startOffset])
  }

  /** Every replica has the same bytes, and the same story of its leaders. */
  expectEqual(values: string[]): void {
    const [first] = this.brokers
    if (first === undefined) throw new Error('there are no replicas')
    for (const broker of this.brokers) {
      expect(this.values(broker)).toEqual(values)
      expect(this.partition.log(broker)?.batches).toEqual(this.partition.log(first)?.batches)
    }
  }

  private eachPair(change: (one: BrokerHandle, other: BrokerHandle) => void): void {
    this.brokers.forEach((one, i) => {
      for (const other of this.brokers.slice(i + 1)) change(one, other)
    })
  }
}

describe('KIP-101', () => {
  test('scenario 1: a follower that restarts before it has heard of the high watermark keeps its records, and leads with them', async () => {
    const replicas = await Replicas.start(2)
    const [b, a] = replicas.brokers as [BrokerHandle, BrokerHandle]
    await replicas.produce(b, 'm1', ALL)
    await replicas.produce(b, 'm2', ALL)
    // The leader knows m2 to be committed, the follower does not yet.
    expect(replicas.partition.highWatermark).toBe(2)
    expect(replicas.partition.log(a)?.highWatermark).toBeLessThan(2)
    await a.kill()
    await a.start()
    expect(replicas.values(a)).toEqual(['m1', 'm2'])
    await b.kill()
    expect(replicas.partition.leader).toBe(a.nodeId)
    await b.start()
    replicas.expectEqual(['m1', 'm2'])
  })

  test('scenario 2: a leader that comes back with a record that nobody else had lets go of it, and takes what is there in its place', async () => {
    const replicas = await Replicas.start(2)
    const [a, b] = replicas.brokers as [BrokerHandle, BrokerHandle]
    await replicas.produce(a, 'm1', ALL)
    replicas.holdFetches()
    await replicas.produce(a, 'm2')
    await a.kill()
    expect(replicas.partition.leader).toBe(b.nodeId)
    await replicas.produce(b, 'm3')
    expect([replicas.values(a), replicas.values(b)]).toEqual([
      ['m1', 'm2'],
      ['m1', 'm3'],
    ])
    replicas.letFetch()
    await a.start()
    replicas.expectEqual(['m1', 'm3'])
  })
})

describe('KIP-279', () => {
  test('a follower whose last epoch the leader never had goes back to the last one that both have', async () => {
    const replicas = await Replicas.start(3)
    const [a, b, c] = replicas.brokers as [BrokerHandle, BrokerHandle, BrokerHandle]
    await replicas.produce(a, 'r0', ALL)
    const first = replicas.partition.leaderEpoch

    // Leaders follow each other faster than anyone can fetch.
    replicas.holdFetches()
    replicas.partition.elect(b)
    await replicas.produce(b, 'b1')
    replicas.partition.elect(c)
    await replicas.produce(c, 'c1')
    await replicas.produce(c, 'c2')
    replicas.partition.elect(b)
    expect(replicas.epochs(b).slice(-3)).toEqual([
      [first, 0],
      [first + 1, 1],
      [first + 3, 2],
    ])
    expect(replicas.epochs(c).slice(-2)).toEqual([
      [first, 0],
      [first + 2, 1],
    ])

    replicas.letFetch()
    await replicas.produce(b, 'b2', ALL)
    replicas.expectEqual(['r0', 'b1', 'b2'])
  })

  test('a follower and a leader with several epochs that the other does not know find the last record that they share', async () => {
    const replicas = await Replicas.start(3)
    const [a, b, c] = replicas.brokers as [BrokerHandle, BrokerHandle, BrokerHandle]
    await replicas.produce(a, 'r0', ALL)
    await replicas.produce(a, 'r1', ALL)
    replicas.holdFetches()
    for (const round of [1, 2, 3]) {
      replicas.partition.elect(b)
      await replicas.produce(b, `b${round}`)
      replicas.partition.elect(c)
      await replicas.produce(c, `c${round}`)
      await replicas.produce(c, `c${round}'`)
    }
    replicas.partition.elect(a)
    replicas.letFetch()
    await replicas.produce(a, 'r2', ALL)
    replicas.expectEqual(['r0', 'r1', 'r2'])
  })
})

describe('an unclean election', () => {
  test('loses what the new leader does not have, and its followers let go of that too', async () => {
    const replicas = await Replicas.start(2, { 'unclean.leader.election.enable': 'true' })
    const [a, b] = replicas.brokers as [BrokerHandle, BrokerHandle]
    await replicas.produce(a, 'both', ALL)
    await b.kill()
    await replicas.produce(a, 'lost', ALL)
    await a.kill()
    await b.start()
    expect(replicas.partition.leader).toBe(b.nodeId)
    await replicas.produce(b, 'instead', ALL)
    await a.start()
    replicas.expectEqual(['both', 'instead'])
  })

  test('does not take place where it is not allowed: nobody leads until a replica is back that has everything', async () => {
    const replicas = await Replicas.start(2)
    const [a, b] = replicas.brokers as [BrokerHandle, BrokerHandle]
    await replicas.produce(a, 'both', ALL)
    await b.kill()
    await replicas.produce(a, 'kept', ALL)
    await a.kill()
    await b.start()
    expect(replicas.partition.leader).toBeUndefined()
    await a.start()
    expect(replicas.partition.leader).toBe(a.nodeId)
    replicas.expectEqual(['both', 'kept'])
  })
})
