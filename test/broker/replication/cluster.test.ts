import type { Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type ClusterOptions, KafkaCluster } from '../../../src/index.ts'
import { type ErrorName, errorName } from '../../../src/protocol/errors.ts'
import { Metadata } from '../../../src/protocol/messages/metadata.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { UnregisterBroker } from '../../../src/protocol/messages/unregister-broker.ts'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import { WireClient } from '../../wire-client.ts'

const ALL = -1

/** Three brokers on virtual time, and a topic that all of them have. */
async function threeBrokers(configs: Record<string, string> = {}, options: ClusterOptions = {}): Promise<KafkaCluster> {
  const cluster = await KafkaCluster.start({
    brokers: 3,
    clock: 'virtual',
    topics: { orders: { replicationFactor: 3, configs } },
    ...options,
  })
  onTestFinished(() => cluster.stop())
  return cluster
}

/** The leader of `orders`, and the other two. */
function roles(cluster: KafkaCluster) {
  const { leader } = cluster.partition('orders', 0)
  const [first, second] = cluster.brokers.filter(({ nodeId }) => nodeId !== leader)
  const leading = cluster.brokers.find(({ nodeId }) => nodeId === leader)
  if (leading === undefined || first === undefined || second === undefined) throw new Error('nobody leads')
  return { leader: leading, followers: [first, second] as const }
}

/** Produces one record to a broker; tells the error that it answers. */
function produce(cluster: KafkaCluster, nodeId: number, value: string, acks = ALL, timeoutMs = 1000) {
  const client = new WireClient(cluster.connect(nodeId))
  const records = [buildBatch([{ value, timestamp: cluster.clock.now() }])]
  const sent = client.send(Produce, 9, {
    acks,
    timeoutMs,
    topicData: [{ name: 'orders', partitionData: [{ index: 0, records }] }],
  })
  return sent.then(({ responses }): ErrorName => errorName(responses[0]?.partitionResponses[0]?.errorCode ?? -1))
}

/** Waits for an answer while virtual time goes by. */
async function inTime<T>(cluster: KafkaCluster, answer: Promise<T>): Promise<T> {
  let over = false
  const ended = answer.finally(() => {
    over = true
  })
  await cluster.clock.runUntil(() => over)
  return ended
}

function values(cluster: KafkaCluster, nodeId: number): string[] {
  const broker = cluster.brokers.find((one) => one.nodeId === nodeId)
  if (broker === undefined) return []
  return (cluster.partition('orders', 0).log(broker)?.records ?? []).map(({ value }) => String(value))
}

describe('a healthy cluster', () => {
  test('has every record on every replica by the time acks=all is answered', async () => {
    const cluster = await threeBrokers({ 'min.insync.replicas': '3' })
    const { leader } = roles(cluster)
    expect(await produce(cluster, leader.nodeId, 'one')).toBe('NONE')
    expect(await produce(cluster, leader.nodeId, 'two')).toBe('NONE')
    for (const { nodeId } of cluster.brokers) expect(values(cluster, nodeId)).toEqual(['one', 'two'])
    const partition = cluster.partition('orders', 0)
    expect(partition).toMatchObject({ highWatermark: 2, logEndOffset: 2 })
    expect(partition.isr).toHaveLength(3)
    // A follower with nothing to fetch hears of the high watermark when its fetch has waited for replica.fetch.wait.max.ms.
    await cluster.clock.advance(500)
    for (const broker of cluster.brokers) expect(partition.log(broker)?.highWatermark).toBe(2)
  })

  test('shares the bytes among its replicas', async () => {
    const cluster = await threeBrokers()
    await produce(cluster, roles(cluster).leader.nodeId, 'one')
    const [one, two, three] = cluster.brokers.map((broker) => cluster.partition('orders', 0).log(broker)?.batches[0])
    expect(two).toBe(one)
    expect(three).toBe(one)
  })
})

test('a topic with fewer replicas than min.insync.replicas takes acks=all since 3.7', async () => {
  for (const [version, error] of [
    ['3.6', 'NOT_ENOUGH_REPLICAS'],
    ['3.7', 'NONE'],
  ] as const) {
    const configs = { 'min.insync.replicas': '2' }
    const cluster = await threeBrokers({}, { version, topics: { orders: { replicationFactor: 1, configs } } })
    const leader = cluster.partition('orders', 0).leader ?? -1
    expect(await produce(cluster, leader, 'one')).toBe(error)
    expect(await produce(cluster, leader, 'two', 1)).toBe('NONE')
    expect(cluster.partition('orders', 0).highWatermark).toBe(values(cluster, leader).length)
  }
})

describe('a leader that is killed', () => {
  test('is followed by a replica that is in sync, which has all that acks=all has acknowledged', async () => {
    const cluster = await threeBrokers()
    const { leader } = roles(cluster)
    await produce(cluster, leader.nodeId, 'kept')
    await leader.kill()
    const partition = cluster.partition('orders', 0)
    expect(partition.leader).not.toBe(leader.nodeId)
    expect(partition.leaderEpoch).toBe(1)
    expect(partition.isr).not.toContain(leader.nodeId)
    expect(await produce(cluster, partition.leader ?? -1, 'later')).toBe('NONE')
    expect(values(cluster, partition.leader ?? -1)).toEqual(['kept', 'later'])

    await leader.start()
    expect(partition.isr).toHaveLength(3)
    expect(values(cluster, leader.nodeId)).toEqual(['kept', 'later'])
  })

  test('is noticed after broker.session.timeout.ms where that is asked for', async () => {
    const cluster = await threeBrokers({}, { config: { 'broker.session.timeout.ms': '9000' } })
    const { leader } = roles(cluster)
    const partition = cluster.partition('orders', 0)
    await leader.kill({ noticed: 'by timeout' })
    await cluster.clock.advance(8999)
    expect(partition.leader).toBe(leader.nodeId)
    await cluster.clock.advance(1)
    expect(partition.leader).not.toBe(leader.nodeId)
  })

  test('is given up as well when its link loses all that it sends', async () => {
    const cluster = await threeBrokers({}, { config: { 'broker.session.timeout.ms': '9000' } })
    const { leader } = roles(cluster)
    const partition = cluster.partition('orders', 0)
    cluster.network.link(leader, cluster.controller).set({ drop: 1 })
    await cluster.clock.advance(8999)
    expect(partition.leader).toBe(leader.nodeId)
    await cluster.clock.advance(1)
    expect(partition.leader).not.toBe(leader.nodeId)
    cluster.network.heal()
    await cluster.clock.advance(60_000)
    expect(leader.isFenced).toBe(false)
    expect(partition.isr).toContain(leader.nodeId)
  })

  test('comes back with an empty disk when that is wiped, and is in sync again', async () => {
    const cluster = await threeBrokers()
    const { leader } = roles(cluster)
    await produce(cluster, leader.nodeId, 'kept')
    await leader.kill()
    await leader.start({ wipe: true })
    expect(values(cluster, leader.nodeId)).toEqual(['kept'])
    expect(cluster.partition('orders', 0).isr).toContain(leader.nodeId)
    // Found in its new log directory, it may lead again (KIP-858).
    cluster.partition('orders', 0).elect(leader)
    expect(cluster.partition('orders', 0).leader).toBe(leader.nodeId)
  })
})

test('a broker with an empty disk joins over a slow network too', async () => {
  const cluster = await threeBrokers()
  const { leader } = roles(cluster)
  await leader.kill()
  cluster.network.link(leader, cluster.controller).set({ delay: 100 })
  await leader.start({ wipe: true })
  await cluster.clock.advance(5_000)
  expect(leader.isFenced).toBe(false)
  expect(cluster.partition('orders', 0).isr).toContain(leader.nodeId)
})

test('a broker that is stopped hands its leadership over first, and leads again when it is elected', async () => {
  const cluster = await threeBrokers()
  const { leader } = roles(cluster)
  const partition = cluster.partition('orders', 0)
  await produce(cluster, leader.nodeId, 'one')
  await leader.stop()
  expect(leader).toMatchObject({ isRunning: false, isFenced: true })
  expect(partition.leader).not.toBe(leader.nodeId)
  await leader.start()
  expect(leader).toMatchObject({ isRunning: true, isFenced: false })
  expect(partition.isr).toContain(leader.nodeId)
  partition.elect(leader)
  expect(partition.leader).toBe(leader.nodeId)
  expect(await produce(cluster, leader.nodeId, 'two')).toBe('NONE')
  for (const { nodeId } of cluster.brokers) expect(values(cluster, nodeId)).toEqual(['one', 'two'])
})

describe('followers that are cut off', () => {
  test('keep acks=all from being answered, until they are out of sync', async () => {
    const cluster = await threeBrokers()
    const { leader, followers } = roles(cluster)
    cluster.network.split([leader, cluster.controller], [followers[0]], [followers[1]])
    expect(await inTime(cluster, produce(cluster, leader.nodeId, 'one', ALL, 1000))).toBe('REQUEST_TIMED_OUT')
    const partition = cluster.partition('orders', 0)
    expect([partition.highWatermark, partition.logEndOffset]).toEqual([0, 1])
    // The controller hears of neither, and takes them out of sync.
    await cluster.clock.advance(9000)
    expect(partition.isr).toEqual([leader.nodeId])
    expect(partition.highWatermark).toBe(1)
    expect(await produce(cluster, leader.nodeId, 'two')).toBe('NONE')

    cluster.network.heal()
    expect(partition.isr).toHaveLength(3)
    for (const { nodeId } of cluster.brokers) expect(values(cluster, nodeId)).toEqual(['one', 'two'])
  })

  test('are NOT_ENOUGH_REPLICAS once fewer than min.insync.replicas are left', async () => {
    const cluster = await threeBrokers({ 'min.insync.replicas': '2' })
    const { leader, followers } = roles(cluster)
    await followers[0].kill()
    expect(await produce(cluster, leader.nodeId, 'one')).toBe('NONE')
    await followers[1].kill()
    expect(await produce(cluster, leader.nodeId, 'two')).toBe('NOT_ENOUGH_REPLICAS')
    expect(await produce(cluster, leader.nodeId, 'three', 1)).toBe('NONE')
    const partition = cluster.partition('orders', 0)
    // KIP-966: what is written meanwhile is not seen.
    expect([partition.highWatermark, partition.logEndOffset]).toEqual([1, 2])
    await followers[0].start()
    expect(partition.highWatermark).toBe(2)
  })

  test('are asked again after request.timeout.ms when what they were sent is lost', async () => {
    const cluster = await threeBrokers(
      {},
      { config: { 'request.timeout.ms': '2000', 'replica.fetch.backoff.ms': '100' } },
    )
    const { leader, followers } = roles(cluster)
    const link = cluster.network.link(leader, followers[0])
    link.set({ drop: 1 })
    await produce(cluster, leader.nodeId, 'one', 1)
    link.set({ drop: 0 })
    await cluster.clock.advance(2000)
    expect(values(cluster, followers[0].nodeId)).toEqual([])
    await cluster.clock.advance(100)
    expect(values(cluster, followers[0].nodeId)).toEqual(['one'])
  })

  test('leave the ISR after replica.lag.time.max.ms when only the leader misses them', async () => {
    const cluster = await threeBrokers()
    const { leader, followers } = roles(cluster)
    const partition = cluster.partition('orders', 0)
    cluster.network.link(leader, followers[0]).set({ drop: 1 })
    await produce(cluster, leader.nodeId, 'one', 1)
    await cluster.clock.advance(29_000)
    expect(partition.isr).toHaveLength(3)
    await cluster.clock.advance(16_000)
    expect([...partition.isr].sort()).toEqual([leader.nodeId, followers[1].nodeId].sort())
    expect(partition.highWatermark).toBe(1)
  })
})

test('a zombie leader takes acks=1, which is lost, and never commits acks=all', async () => {
  const cluster = await threeBrokers()
  const { leader, followers } = roles(cluster)
  const partition = cluster.partition('orders', 0)
  cluster.network.split([leader], followers)
  await cluster.clock.advance(9000)
  const next = partition.leader ?? -1
  expect(next).not.toBe(leader.nodeId)

  expect(await produce(cluster, leader.nodeId, 'lost', 1)).toBe('NONE')
  expect(await inTime(cluster, produce(cluster, leader.nodeId, 'never', ALL, 500))).toBe('REQUEST_TIMED_OUT')
  expect(await produce(cluster, next, 'kept')).toBe('NONE')
  cluster.network.heal()
  for (const { nodeId } of cluster.brokers) expect(values(cluster, nodeId)).toEqual(['kept'])
  expect(await produce(cluster, leader.nodeId, 'too late')).toBe('NOT_LEADER_OR_FOLLOWER')
})

test('a broker that stands still answers when it goes on, and is fenced when that takes too long', async () => {
  const cluster = await threeBrokers()
  const { leader } = roles(cluster)
  const partition = cluster.partition('orders', 0)
  leader.pause()
  let answered: ErrorName | undefined
  const asked = produce(cluster, leader.nodeId, 'one').then((error) => {
    answered = error
  })
  await cluster.clock.advance(5000)
  expect(answered).toBeUndefined()
  leader.resume()
  await asked
  expect(answered).toBe('NONE')

  leader.pause()
  await cluster.clock.advance(9000)
  expect(partition.leader).not.toBe(leader.nodeId)
  leader.resume()
  expect(leader.isFenced).toBe(false)
  expect(partition.isr).toContain(leader.nodeId)
})

test('a link that is slow makes acks=all wait for the way there and back', async () => {
  const cluster = await threeBrokers()
  const { leader, followers } = roles(cluster)
  for (const follower of followers) cluster.network.link(leader, follower).set({ delay: 200 })
  const begun = cluster.clock.now()
  expect(await inTime(cluster, produce(cluster, leader.nodeId, 'one', ALL, 5000))).toBe('NONE')
  expect(cluster.clock.now() - begun).toBe(400)
})

describe('clients', () => {
  test('reach the brokers on their side of a split alone, and go on where they were when it is over', async () => {
    const cluster = await threeBrokers()
    const { leader, followers } = roles(cluster)
    cluster.network.split([leader], [...followers, cluster.network.clients])
    let answered: ErrorName | undefined
    const asked = produce(cluster, leader.nodeId, 'one', 1).then((error) => {
      answered = error
    })
    expect(await produce(cluster, followers[0].nodeId, 'one')).toBe('NOT_LEADER_OR_FOLLOWER')
    expect(answered).toBeUndefined()
    cluster.network.heal()
    await asked
    expect(answered).toBe('NONE')
  })

  test('wait for a slow network there and back', async () => {
    const cluster = await threeBrokers()
    const { leader } = roles(cluster)
    cluster.network.link(cluster.network.clients, leader).set({ delay: 30 })
    const begun = cluster.clock.now()
    expect(await inTime(cluster, produce(cluster, leader.nodeId, 'one'))).toBe('NONE')
    expect(cluster.clock.now() - begun).toBe(60)
  })

  test('lose nothing that they sent before they hung up, however slow the network', async () => {
    const cluster = await threeBrokers()
    const { leader } = roles(cluster)
    cluster.network.link(cluster.network.clients, leader).set({ delay: 50 })
    for (const hangUp of ['end', 'destroySoon'] as const) {
      const client = new WireClient(cluster.connect(leader.nodeId))
      const records = [buildBatch([{ value: hangUp, timestamp: cluster.clock.now() }])]
      const topicData = [{ name: 'orders', partitionData: [{ index: 0, records }] }]
      client.post(Produce, 9, { acks: 0, timeoutMs: 1000, topicData }, 'hasty')
      ;(client.stream as Socket)[hangUp]()
    }
    await cluster.clock.advance(49)
    expect(cluster.network.connections).toHaveLength(2)
    await cluster.clock.advance(1)
    expect(values(cluster, leader.nodeId)).toEqual(['end', 'destroySoon'])
    expect(cluster.network.connections).toHaveLength(0)
  })

  test('who hang up behind a split are not heard to, until the broker ends it', async () => {
    const cluster = await threeBrokers()
    const { leader } = roles(cluster)
    const client = new WireClient(cluster.connect(leader.nodeId))
    cluster.network.split([cluster.network.clients], [...cluster.brokers, cluster.controller])
    client.close()
    await cluster.clock.advance(1000)
    expect(cluster.network.connections).toHaveLength(1)
    await leader.kill()
    expect(cluster.network.connections).toHaveLength(0)
  })

  test('lose whole requests and answers where the network does, and keep their connections', async () => {
    const cluster = await threeBrokers()
    const { leader } = roles(cluster)
    const link = cluster.network.link(cluster.network.clients, leader)
    const client = new WireClient(cluster.connect(leader.nodeId))
    link.set({ drop: 1 })
    client.post(Metadata, 9, { topics: [] }, 'lost')
    await cluster.clock.advance(1)
    expect(cluster.network.connections).toHaveLength(1)
    link.set({ drop: 0 })
    expect((await client.send(Metadata, 9, { topics: [] })).brokers).toHaveLength(3)
  })
})

test('a broker cannot be decommissioned whose replicas nobody can take, and says so', async () => {
  const cluster = await threeBrokers({}, { brokers: 2, topics: { orders: { replicationFactor: 2 } } })
  const [stays, gone] = cluster.brokers
  if (stays === undefined || gone === undefined) throw new Error('no brokers')
  await gone.kill()
  await new WireClient(stays.connect()).send(UnregisterBroker, 0, { brokerId: gone.nodeId })
  await expect(stays.decommission()).rejects.toThrow(`includes broker ${gone.nodeId}, but no such broker is registered`)
  expect(stays.isRunning).toBe(true)
})

test('a broker that is added takes replicas, and one that is decommissioned leaves them to others', async () => {
  const cluster = await threeBrokers()
  await produce(cluster, roles(cluster).leader.nodeId, 'one')
  const added = await cluster.addBroker({ nodeId: 4, rack: 'c' })
  expect(added).toMatchObject({ nodeId: 4, rack: 'c', isRunning: true, isFenced: false })
  const { leader } = roles(cluster)
  await leader.decommission()
  expect(cluster.brokers.map(({ nodeId }) => nodeId)).not.toContain(leader.nodeId)
  const partition = cluster.partition('orders', 0)
  expect(partition.replicas).toContain(4)
  expect(partition.isr).toHaveLength(3)
  expect(values(cluster, 4)).toEqual(['one'])
})

test('what happens to brokers and partitions is told as it happens', async () => {
  const cluster = await threeBrokers()
  const { leader } = roles(cluster)
  const seen: unknown[] = []
  cluster.events.on('broker:start', ({ nodeId }) => seen.push(['start', nodeId]))
  cluster.events.on('broker:stop', ({ nodeId }) => seen.push(['stop', nodeId]))
  cluster.events.on('broker:fence', ({ nodeId }) => seen.push(['fence', nodeId]))
  cluster.events.on('broker:unfence', ({ nodeId }) => seen.push(['unfence', nodeId]))
  cluster.events.on('partition:leader', ({ topic, leader: next, leaderEpoch }) => {
    seen.push([topic, next === leader.nodeId ? 'led by the old one' : 'led by another', leaderEpoch])
  })
  cluster.events.on('partition:isr', ({ topic, isr }) => seen.push([topic, isr.length]))
  await leader.kill()
  await leader.start()
  const { nodeId } = leader
  expect(seen).toEqual([
    ['stop', nodeId],
    ['fence', nodeId],
    ['orders', 'led by another', 1],
    ['orders', 2],
    ['start', nodeId],
    ['unfence', nodeId],
    ['orders', 3],
  ])
})

test('the same seed and the same calls give the same history', async () => {
  const history = async () => {
    const cluster = await KafkaCluster.start({
      brokers: 3,
      clock: 'virtual',
      seed: 7,
      topics: { orders: { replicationFactor: 3 } },
    })
    onTestFinished(() => cluster.stop())
    const partition = cluster.partition('orders', 0)
    const seen: unknown[] = []
    for (let round = 0; round < 6; round++) {
      cluster.topic('orders').shuffleLeaders()
      seen.push([partition.leader, [...partition.isr]])
    }
    return seen
  }
  expect(await history()).toEqual(await history())
})
