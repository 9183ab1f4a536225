import { describe, expect, onTestFinished, test } from 'vitest'
import {
  type BrokerHandle,
  type ClusterOptions,
  KafkaCluster,
  type LinkConditions,
  type LinkHandle,
} from '../../src/index.ts'
import { type ErrorName, errorName } from '../../src/protocol/errors.ts'
import { buildBatch } from '../../src/protocol/records/batch-builder.ts'
import { CreateTopics, Metadata, Produce } from '../../src/testing/index.ts'
import { WireClient } from '../wire-client.ts'

const ALL = -1

/** Three brokers on virtual time, and a topic that all of them have. */
async function threeBrokers(configs: Record<string, string> = {}, options: ClusterOptions = {}): Promise<KafkaCluster> {
  const topics = { orders: { replicationFactor: 3, configs } }
  const cluster = await KafkaCluster.start({ brokers: 3, clock: 'virtual', topics, ...options })
  onTestFinished(() => cluster.stop())
  return cluster
}

/** The leader of `orders`, and the other two. */
function roles(cluster: KafkaCluster) {
  const leader = cluster.broker(cluster.partition('orders', 0).leader)
  const [first, second] = cluster.brokers.filter((broker) => broker !== leader) as [BrokerHandle, BrokerHandle]
  return { leader, first, second }
}

/** What a broker answers to a record, once it does. */
function produce(cluster: KafkaCluster, to: BrokerHandle, value: string, acks = ALL) {
  const records = [buildBatch([{ value, timestamp: cluster.clock.now() }])]
  const client = new WireClient(to.connect())
  const answered: { error?: ErrorName } = {}
  client
    .send(Produce, 9, {
      acks,
      timeoutMs: 60_000,
      topicData: [{ name: 'orders', partitionData: [{ index: 0, records }] }],
    })
    .then(({ responses }) => {
      answered.error = errorName(responses[0]?.partitionResponses[0]?.errorCode ?? -1)
    })
    .catch(() => {})
  return answered
}

function values(cluster: KafkaCluster, broker: BrokerHandle): string[] {
  return (cluster.partition('orders', 0).log(broker)?.records ?? []).map(({ value }) => String(value))
}

describe('a record that was taken before its followers went', () => {
  const taken = async (options: ClusterOptions) => {
    const cluster = await threeBrokers({ 'min.insync.replicas': '2' }, options)
    const { leader, first, second } = roles(cluster)
    for (const follower of [first, second]) cluster.network.link(leader, follower).set({ delay: 60_000 })
    const answered = produce(cluster, leader, 'one')
    await cluster.clock.advance(0)
    expect(answered).toEqual({})
    await first.kill()
    await second.kill()
    await cluster.clock.advance(0)
    expect(cluster.partition('orders', 0)).toMatchObject({ logEndOffset: 1, isr: [leader.nodeId] })
    return { cluster, answered }
  }

  test('is NOT_ENOUGH_REPLICAS_AFTER_APPEND, and stays', async () => {
    const { answered } = await taken({ version: '3.6' })
    expect(answered).toEqual({ error: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND' })
  })

  test('is not answered before its timeout since 3.7, as the high watermark stands still (KIP-966)', async () => {
    const { cluster, answered } = await taken({})
    await cluster.clock.advance(59_999)
    expect(answered).toEqual({})
    await cluster.clock.advance(1)
    expect(answered).toEqual({ error: 'REQUEST_TIMED_OUT' })
  })
})

describe('a broker that is killed and not noticed', () => {
  test('leads in all that others tell, until its session is over', async () => {
    const cluster = await threeBrokers()
    const { leader, first } = roles(cluster)
    await leader.kill({ noticed: 'by timeout' })
    const told = async () => {
      const { topics } = await new WireClient(first.connect()).send(Metadata, 9, { topics: [{ name: 'orders' }] })
      return topics[0]?.partitions[0]?.leaderId
    }
    expect(await told()).toBe(leader.nodeId)
    expect(() => leader.connect()).toThrow(`broker ${leader.nodeId} is stopped`)
    await cluster.clock.advance(9000)
    expect(await told()).toBe(cluster.partition('orders', 0).leader)
    expect(await told()).not.toBe(leader.nodeId)
  })

  test('is given up as soon as broker.session.timeout.ms says', async () => {
    const cluster = await threeBrokers({}, { config: { 'broker.session.timeout.ms': '200' } })
    const { leader } = roles(cluster)
    await leader.kill({ noticed: 'by timeout' })
    await cluster.clock.advance(199)
    expect(leader.isFenced).toBe(false)
    await cluster.clock.advance(1)
    expect(leader.isFenced).toBe(true)
  })
})

test('a broker that stands still takes connections, and answers none before it goes on', async () => {
  const cluster = await threeBrokers()
  const { leader } = roles(cluster)
  leader.pause()
  const answered = produce(cluster, leader, 'one')
  expect(cluster.network.connections).toHaveLength(1)
  await cluster.clock.advance(8000)
  expect(answered).toEqual({})
  leader.resume()
  await cluster.clock.advance(0)
  expect(answered).toEqual({ error: 'NONE' })
})

test('what only one broker had is lost with its disk, though it was acknowledged with acks=all', async () => {
  const cluster = await threeBrokers()
  const { leader, first, second } = roles(cluster)
  await first.kill()
  await second.kill()
  const answered = produce(cluster, leader, 'one')
  await cluster.clock.advance(0)
  expect(answered).toEqual({ error: 'NONE' })
  await leader.kill()
  await leader.start({ wipe: true })
  await first.start()
  await second.start()
  for (const broker of cluster.brokers) expect(values(cluster, broker)).toEqual([])
})

describe('a cluster whose controller is cut off', () => {
  const cutOff = async () => {
    const cluster = await threeBrokers()
    const { leader, first, second } = roles(cluster)
    cluster.network.split([cluster.controller], [leader, first, second])
    return { cluster, leader, first, second }
  }

  test('produces and replicates as before', async () => {
    const { cluster, leader } = await cutOff()
    const answered = produce(cluster, leader, 'one')
    await cluster.clock.advance(0)
    expect(answered).toEqual({ error: 'NONE' })
    for (const broker of cluster.brokers) expect(values(cluster, broker)).toEqual(['one'])
  })

  test('elects nobody in the place of a leader that dies, until the controller is back', async () => {
    const { cluster, leader } = await cutOff()
    await leader.kill()
    const partition = cluster.partition('orders', 0)
    await cluster.clock.advance(8000)
    expect(partition).toMatchObject({ leader: leader.nodeId, leaderEpoch: 0 })
    cluster.network.heal()
    expect(partition.leader).toBe(leader.nodeId)
    await cluster.clock.advance(9000)
    expect(partition.leader).not.toBe(leader.nodeId)
  })

  test('is told of no election before it is back: by then all have been given up, and lead again', async () => {
    const { cluster, leader, first } = await cutOff()
    const partition = cluster.partition('orders', 0)
    await cluster.clock.advance(9000)
    expect(partition.leader).toBeUndefined()
    const answered = produce(cluster, leader, 'one', 1)
    await cluster.clock.advance(0)
    expect(answered).toEqual({ error: 'NONE' })
    cluster.network.heal()
    expect(cluster.brokers.every(({ isFenced }) => !isFenced)).toBe(true)
    await cluster.clock.advance(1000)
    expect(partition.isr).toHaveLength(3)
    expect(values(cluster, first)).toEqual(values(cluster, leader))
  })

  test('creates no topic: what is forwarded to the controller times out', async () => {
    const { cluster, first } = await cutOff()
    let answer: ErrorName | undefined
    new WireClient(first.connect())
      .send(CreateTopics, 5, { timeoutMs: 60_000, topics: [{ name: 'bills', numPartitions: 1, replicationFactor: 1 }] })
      .then(({ topics }) => {
        answer = errorName(topics[0]?.errorCode ?? -1)
      })
    await cluster.clock.advance(29_000)
    expect(answer).toBeUndefined()
    await cluster.clock.advance(31_000)
    expect(answer).toBe('REQUEST_TIMED_OUT')
    expect(cluster.topic('bills').exists).toBe(false)
  })
})

describe('a split', () => {
  test('without a majority leaves the controller alone, and nobody is given up', async () => {
    const cluster = await threeBrokers()
    const { leader, first, second } = roles(cluster)
    cluster.network.split([leader], [first], [second])
    expect(cluster.network.isWhole).toBe(false)
    await cluster.clock.advance(60_000)
    expect(cluster.brokers.filter(({ isFenced }) => isFenced)).toEqual([])
    expect(cluster.partition('orders', 0).leader).toBe(leader.nodeId)
  })

  test('may leave the controller with the minority, which then decides', async () => {
    const cluster = await threeBrokers()
    const { leader, first, second } = roles(cluster)
    cluster.network.split([first, cluster.controller], [leader, second])
    await cluster.clock.advance(9000)
    expect(cluster.partition('orders', 0)).toMatchObject({ leader: first.nodeId, isr: [first.nodeId] })
    expect(cluster.network.link(first, cluster.controller).isUp).toBe(true)
    expect(cluster.network.link(first, leader).isUp).toBe(false)
  })

  test('refuses what is no end of the network, or no condition of a link', async () => {
    await using cluster = await KafkaCluster.start({ brokers: 3, clock: 'virtual' })
    await using other = await KafkaCluster.start({ clock: 'virtual' })
    const { network, controller } = cluster
    const [one, two] = cluster.brokers as [BrokerHandle, BrokerHandle, BrokerHandle]
    const anyhow = network as unknown as { split(...sides: unknown[]): void; link(...ends: unknown[]): LinkHandle }
    expect(() => anyhow.split([1], [2, 3])).toThrow('an end of the network is wanted, a broker of this cluster')
    expect(() => anyhow.split(one, two)).toThrow('each side is a list of ends')
    expect(() => network.split([other.broker(1)])).toThrow('an end of the network is wanted, a broker of this cluster')
    expect(() => anyhow.link(one, 'controller')).toThrow("not 'controller'")
    expect(() => network.link(one, one)).toThrow('two ends are wanted, not broker 1 and itself')
    expect(() => network.link(controller, network.clients)).toThrow('clients never talk to the controller')
    expect(() => network.link(one, two).set({ delayMs: 5 } as LinkConditions)).toThrow(
      'a link has no condition delayMs',
    )
    expect(() => one.kill({ noticed: 'later' as 'at once' })).toThrow("'at once' or 'by timeout' is wanted, not later")
    expect(network.isWhole).toBe(true)
    expect(() => cluster.broker(cluster.partition('none', 0).leader)).toThrow('no broker was named')
  })

  test('has every end on one side only', async () => {
    const cluster = await threeBrokers()
    const { leader, first } = roles(cluster)
    expect(() => cluster.network.split([leader], [first, leader])).toThrow(`broker ${leader.nodeId} is on two sides`)
    expect(() => cluster.network.split([cluster.controller], [cluster.controller])).toThrow(
      'controller is on two sides',
    )
    expect(cluster.network.isWhole).toBe(true)
  })
})

test('a link refuses conditions that cannot be', async () => {
  const cluster = await threeBrokers()
  const { leader, first } = roles(cluster)
  const link = cluster.network.link(leader, first)
  expect(() => link.set({ delay: -1 })).toThrow(RangeError)
  expect(() => link.set({ delay: 0.5 })).toThrow('delay: a whole number of ms from 0 on is wanted, not 0.5')
  expect(() => link.set({ drop: 1.1 })).toThrow('drop: a number from 0 to 1 is wanted, not 1.1')
  link.set({ delay: 5 })
  link.set({ drop: 0.5 })
  expect(link.conditions).toEqual({ delay: 5, drop: 0.5 })
  cluster.network.heal()
  expect(link.conditions).toEqual({ delay: 0, drop: 0 })
})

test('a leader that hears late that it is none takes records until then', async () => {
  const cluster = await threeBrokers()
  const { leader } = roles(cluster)
  cluster.network.link(cluster.controller, leader).set({ delay: 5000 })
  cluster.partition('orders', 0).elect(roles(cluster).first)
  // Its news are late: the old leader still takes what it is sent.
  const answered = produce(cluster, leader, 'lost', 1)
  await cluster.clock.advance(0)
  expect(answered).toEqual({ error: 'NONE' })
  await cluster.clock.advance(5000)
  const refused = produce(cluster, leader, 'later', 1)
  await cluster.clock.advance(0)
  expect(refused).toEqual({ error: 'NOT_LEADER_OR_FOLLOWER' })
})

describe('a broker that is not of the cluster any more', () => {
  test('cannot be started again', async () => {
    const cluster = await threeBrokers()
    const { first } = roles(cluster)
    await first.decommission()
    await expect(first.start()).rejects.toThrow(`broker ${first.nodeId} has been decommissioned`)
    expect(first.isRunning).toBe(false)
    await expect(first.decommission()).resolves.toBeUndefined()
  })

  test('is none either once the cluster is stopped, whatever was under way', async () => {
    const cluster = await threeBrokers()
    const { leader, first } = roles(cluster)
    await leader.kill()
    const starting = leader.start()
    const adding = cluster.addBroker({ nodeId: 4 })
    await cluster.stop()
    await expect(starting).rejects.toThrow('the cluster is stopped')
    await expect(adding).rejects.toThrow('the cluster is stopped')
    await expect(first.start()).rejects.toThrow('the cluster is stopped')
    await expect(cluster.addBroker({ nodeId: 5 })).rejects.toThrow('the cluster is stopped')
    expect(cluster.brokers.filter(({ isRunning }) => isRunning)).toEqual([])
  })

  test('does not keep a cluster from stopping when it stands still', async () => {
    const cluster = await threeBrokers()
    const { leader } = roles(cluster)
    leader.pause()
    const stopped = leader.stop()
    await cluster.clock.advance(0)
    expect(leader.isRunning).toBe(true)
    await cluster.stop()
    await stopped
    expect(leader.isRunning).toBe(false)
  })
})
