import { describe, expect, test } from 'vitest'
import {
  type Clock,
  ConfigurationError,
  ErrBrokerNotFound,
  ErrClosedClient,
  ErrConsumerCoordinatorNotAvailable,
  ErrInvalidTopic,
  ErrLeaderNotAvailable,
  ErrNetworkException,
  ErrOutOfBrokers,
  ErrUnknownTopicOrPartition,
  newAsyncProducer,
  newClient,
  newClusterAdmin,
  newClusterConsumer,
  newConfig,
  newConsumer,
  newConsumerGroup,
  newSyncProducer,
  OffsetNewest,
} from '../../src/client/index.ts'
import { type ClusterOptions, KafkaCluster } from '../../src/index.ts'
import { FindCoordinator, Heartbeat, ListOffsets, respond } from '../../src/testing/index.ts'

const threeBrokers: ClusterOptions = {
  clock: 'virtual',
  brokers: 3,
  topics: { orders: { partitions: 3, replicationFactor: 3 } },
}

/** Moves the cluster's time on until a promise is settled. */
async function settled<T>(cluster: KafkaCluster, promise: Promise<T>): Promise<T> {
  let over = false
  const done = (): void => {
    over = true
  }
  promise.then(done, done)
  await cluster.clock.runUntil(() => over)
  return promise
}

describe('a client of a cluster that fails', () => {
  test('is not made where no broker answers, and says of each why', async () => {
    const cluster = await KafkaCluster.start(threeBrokers)
    const { bootstrapServers } = cluster
    const config = newConfig(cluster.clientConfig())
    for (const broker of cluster.brokers) await broker.kill()
    const error = await settled(cluster, newClient(bootstrapServers, config)).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ErrOutOfBrokers)
    expect((error as ErrOutOfBrokers).message).toContain('ECONNREFUSED')
    expect((error as ErrOutOfBrokers).retriable).toBe(true)
    await cluster.stop()
  })

  test('is not made of a config or an address that makes no sense', async () => {
    await expect(newClient([])).rejects.toThrow(ConfigurationError)
    await expect(newClient(['nonsense'])).rejects.toThrow('nonsense is no address of a broker, host:port')
    await expect(newClient(['127.0.0.1:1'], { net: { maxOpenRequests: 0 } })).rejects.toThrow('net.maxOpenRequests')
  })

  test('finds another broker when the one that it was given is gone', async () => {
    await using cluster = await KafkaCluster.start(threeBrokers)
    await cluster.broker(1).kill()
    await using client = await settled(cluster, newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig())))
    expect(await client.partitions('orders')).toEqual([0, 1, 2])
  })

  test('learns of the new leader when the old one has died', async () => {
    await using cluster = await KafkaCluster.start(threeBrokers)
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    const old = await client.leader('orders', 0)
    await cluster.broker(old.id).kill()
    await settled(cluster, client.refreshMetadata(['orders']))
    const { leader, epoch } = await client.leaderAndEpoch('orders', 0)
    expect(leader.id).not.toBe(old.id)
    expect(epoch).toBe(1)
    expect(() => client.broker(old.id)).toThrow(ErrBrokerNotFound)
  })

  test('does not believe a broker that is behind about leaders', async () => {
    await using cluster = await KafkaCluster.start(threeBrokers)
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    const old = cluster.partition('orders', 0).leader as number
    await cluster.broker(old).stop()
    await settled(cluster, client.refreshMetadata(['orders']))
    const now = cluster.partition('orders', 0).leader
    client.updateLeader('orders', 0, { leaderId: 3, leaderEpoch: 0 }, [])
    expect((await client.leader('orders', 0)).id).toBe(now)
  })

  test('tries again while a partition has no leader, and says so in the end', async () => {
    await using cluster = await KafkaCluster.start({ ...threeBrokers, topics: { orders: { partitions: 1 } } })
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    const only = cluster.partition('orders', 0).leader as number
    await cluster.broker(only).kill()
    await settled(cluster, client.refreshMetadata())
    await expect(settled(cluster, client.leader('orders', 0))).rejects.toThrow(ErrLeaderNotAvailable)
    const found = client.leader('orders', 0)
    await cluster.broker(only).start()
    expect((await settled(cluster, found)).id).toBe(only)
  })

  test('tells of topics that there are not, or cannot be', async () => {
    await using cluster = await KafkaCluster.start({
      ...threeBrokers,
      config: { 'auto.create.topics.enable': 'false' },
    })
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    await expect(settled(cluster, client.partitions('none'))).rejects.toThrow(ErrUnknownTopicOrPartition)
    await expect(settled(cluster, client.partitions('not / a / topic'))).rejects.toThrow(ErrInvalidTopic)
    await expect(settled(cluster, client.leader('orders', 7))).rejects.toThrow(ErrUnknownTopicOrPartition)
  })

  test('has a topic made by asking for it, unless told not to', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual' })
    const config = cluster.clientConfig()
    await using shy = await newClient(cluster.bootstrapServers, {
      ...config,
      metadata: { allowAutoTopicCreation: false },
    })
    await expect(settled(cluster, shy.partitions('fresh'))).rejects.toThrow(ErrUnknownTopicOrPartition)
    await using client = await newClient(cluster.bootstrapServers, config)
    expect(await settled(cluster, client.partitions('fresh'))).toEqual([0])
  })

  test('finds the coordinator once it is there, and again when it has moved', async () => {
    await using cluster = await KafkaCluster.start({
      ...threeBrokers,
      config: { 'offsets.topic.replication.factor': '3' },
    })
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    const first = await settled(cluster, client.coordinator('billing'))
    expect(first.id).toBe(cluster.group('billing').coordinator)
    const other = cluster.brokers.find(({ nodeId }) => nodeId !== first.id) as (typeof cluster.brokers)[0]
    cluster.group('billing').moveCoordinator(other)
    await settled(cluster, client.refreshCoordinator('billing'))
    expect((await client.coordinator('billing')).id).toBe(other.nodeId)
  })

  test('says that there is no coordinator when there is none for long', async () => {
    await using cluster = await KafkaCluster.start(threeBrokers)
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    cluster.use(
      respond(FindCoordinator, ({ request }) => ({
        coordinators: request.coordinatorKeys.map((key) => ({ key, errorCode: 15, nodeId: -1 })),
      })),
    )
    await expect(settled(cluster, client.coordinator('billing'))).rejects.toThrow(ErrConsumerCoordinatorNotAvailable)
  })

  test('waits no longer than net.readTimeout for an answer, and opens the connection again', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: { orders: {} } })
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    const leader = await client.leader('orders', 0)
    cluster.broker(1).pause()
    const begun = cluster.clock.now()
    const lost = leader.send(ListOffsets, { replicaId: -1, topics: [] })
    await expect(settled(cluster, lost)).rejects.toThrow('did not answer ListOffsets in time')
    await expect(lost).rejects.toThrow(ErrNetworkException)
    expect(cluster.clock.now() - begun).toBe(client.config.net.readTimeout)
    expect(leader.connected).toBe(false)
    cluster.broker(1).resume()
    expect(await settled(cluster, client.getOffset('orders', 0, OffsetNewest))).toBe(0)
  })

  test('gives a broker that waits itself as much longer', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: { orders: {} } })
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    const leader = await client.leader('orders', 0)
    cluster.broker(1).pause()
    const begun = cluster.clock.now()
    await expect(settled(cluster, leader.send(Heartbeat, {}, { brokerWaitMs: 5_000 }))).rejects.toThrow(
      ErrNetworkException,
    )
    expect(cluster.clock.now() - begun).toBe(35_000)
    cluster.broker(1).resume()
  })

  test('holds back as long as a broker throttles it', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: { orders: {} } })
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    const leader = await client.leader('orders', 0)
    cluster.use(respond(ListOffsets, () => ({ throttleTimeMs: 700, topics: [] }), { once: true }))
    await leader.send(ListOffsets, { replicaId: -1, topics: [] })
    const begun = cluster.clock.now()
    await settled(cluster, leader.send(ListOffsets, { replicaId: -1, topics: [] }))
    expect(cluster.clock.now() - begun).toBe(700)
  })

  test('holds back as long as the last of several answers says', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: { orders: {} } })
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    const leader = await client.leader('orders', 0)
    const begun = cluster.clock.now()
    const throttles = [100, 1_000]
    cluster.use(
      respond(ListOffsets, async () => {
        const throttleTimeMs = throttles.shift()
        if (throttleTimeMs === undefined) return undefined
        if (throttles.length === 0) await new Promise<void>((resolve) => cluster.clock.setTimer(50, resolve))
        return { throttleTimeMs, topics: [] }
      }),
    )
    const ask = (): Promise<unknown> => leader.send(ListOffsets, { replicaId: -1, topics: [] })
    const [first, second] = [ask(), ask()]
    await first
    const third = ask()
    await settled(cluster, Promise.all([second, third]))
    expect(cluster.clock.now() - begun).toBe(1_050)
  })

  test.each([-3_600_000, 3_600_000])('does not mind when the time of the machine is set (by %s ms)', async (jump) => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: { orders: {} } })
    let skew = 0
    const clock: Clock = {
      now: () => cluster.clock.now() + skew,
      elapsed: () => cluster.clock.now(),
      setTimer: (delayMs, callback) => cluster.clock.setTimer(delayMs, callback),
    }
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig(), { clock }))
    const leader = await client.leader('orders', 0)
    cluster.use(respond(ListOffsets, () => ({ throttleTimeMs: 700, topics: [] }), { once: true }))
    await leader.send(ListOffsets, { replicaId: -1, topics: [] })
    const begun = cluster.clock.now()
    skew += jump
    await settled(cluster, leader.send(ListOffsets, { replicaId: -1, topics: [] }))
    expect(cluster.clock.now() - begun).toBe(700)
    cluster.broker(1).pause()
    const lost = leader.send(ListOffsets, { replicaId: -1, topics: [] }).catch(() => {})
    skew += jump
    await cluster.clock.advance(10)
    const alsoLost = leader.send(ListOffsets, { replicaId: -1, topics: [] }).catch(() => {})
    await settled(cluster, Promise.all([lost, alsoLost]))
    expect(cluster.clock.now() - begun).toBe(700 + client.config.net.readTimeout)
    cluster.broker(1).resume()
  })

  test('has every wait ended by its signal', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: { orders: {} } })
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    const leader = await client.leader('orders', 0)
    cluster.broker(1).pause()
    const waits: ((signal: AbortSignal) => Promise<unknown>)[] = [
      (signal) => client.refreshMetadata(['orders'], { signal }),
      (signal) => client.coordinator('billing', { signal }),
      (signal) => client.getOffset('orders', 0, OffsetNewest, { signal }),
      (signal) => leader.send(Heartbeat, {}, { signal }),
    ]
    const config = newConfig(cluster.clientConfig())
    const { bootstrapServers } = cluster
    waits.push(
      (signal) => newClient(bootstrapServers, config, { signal }),
      (signal) => newAsyncProducer(bootstrapServers, config, { signal }),
      (signal) => newSyncProducer(bootstrapServers, config, { signal }),
      (signal) => newConsumer(bootstrapServers, config, { signal }),
      (signal) => newConsumerGroup(bootstrapServers, 'billing', config, { signal }),
      (signal) => newClusterConsumer(bootstrapServers, 'billing', ['orders'], config, { signal }),
      (signal) => newClusterAdmin(bootstrapServers, config, { signal }),
    )
    for (const wait of waits) {
      const controller = new AbortController()
      const waiting = wait(controller.signal)
      controller.abort(new Error('enough'))
      await expect(waiting).rejects.toThrow('enough')
    }
    cluster.broker(1).resume()
  })

  test('that is closed says so, and leaves no timer and no connection behind', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: { orders: {} } })
    const { clock, ...rest } = cluster.clientConfig()
    const timers = new Set<object>()
    const counted = {
      now: () => clock.now(),
      setTimer(delayMs: number, callback: () => void) {
        const timer = clock.setTimer(delayMs, () => {
          timers.delete(timer)
          callback()
        })
        timers.add(timer)
        return {
          cancel() {
            timers.delete(timer)
            timer.cancel()
          },
        }
      },
    }
    let connections = 0
    cluster.events.on('connection:open', () => connections++)
    cluster.events.on('connection:close', () => connections--)
    const client = await newClient(cluster.bootstrapServers, { ...rest, clock: counted })
    const leader = await client.leader('orders', 0)
    const backingOff = client.leader('orders', 7)
    await cluster.clock.advance(10)
    cluster.broker(1).pause()
    const waiting = leader.send(Heartbeat, {})
    expect(connections).toBeGreaterThan(0)
    await client.close()
    await expect(waiting).rejects.toThrow(ErrNetworkException)
    await expect(backingOff).rejects.toThrow(ErrClosedClient)
    await expect(client.topics()).rejects.toThrow(ErrClosedClient)
    await expect(leader.send(Heartbeat, {})).rejects.toThrow(ErrClosedClient)
    cluster.broker(1).resume()
    await cluster.clock.runUntil(() => connections === 0)
    expect(timers.size).toBe(0)
    expect(client.closed).toBe(true)
  })
})

describe('a connection', () => {
  test('for one purpose is its own, until the purpose is fulfilled', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: { orders: {} } })
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    const own = client.connectionTo(1, 'test')
    await own.open()
    expect(client.connectionTo(1, 'test')).toBe(own)
    expect(client.broker(1)).not.toBe(own)
    client.releaseConnections('test')
    expect(own.connected).toBe(false)
    expect(client.broker(1).connected).toBe(true)
    expect(client.connectionTo(1, 'test')).not.toBe(own)
  })

  test('carries requests in the order of the calls, those too that come while it is opened', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: { orders: {} } })
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    const leader = client.connectionTo(1, 'test')
    const arrived: number[] = []
    cluster.use(respond(Heartbeat, ({ request }) => void arrived.push(request.generationId)))
    const sent: Promise<unknown>[] = []
    const opened = leader.open()
    for (let call = 0; call < 40; call++) {
      sent.push(leader.send(Heartbeat, { generationId: call }))
      if (call < 20) await Promise.resolve()
      if (call === 30) await opened
    }
    await settled(cluster, Promise.all(sent))
    expect(arrived).toEqual(Array.from({ length: 40 }, (_, call) => call))
  })

  test('carries no more than net.maxOpenRequests unanswered, and answers in order', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: { orders: {} } })
    await using client = await newClient(
      cluster.bootstrapServers,
      newConfig(cluster.clientConfig(), { net: { maxOpenRequests: 2 } }),
    )
    const leader = await client.leader('orders', 0)
    let seen = 0
    cluster.use(
      respond(ListOffsets, () => {
        seen++
        return undefined
      }),
    )
    cluster.broker(1).pause()
    const answered: number[] = []
    const sent = [0, 1, 2, 3].map((n) =>
      leader.send(ListOffsets, { replicaId: -1, topics: [] }).then(() => answered.push(n)),
    )
    expect(leader.pending).toBe(4)
    cluster.broker(1).resume()
    await settled(cluster, Promise.all(sent))
    expect(answered).toEqual([0, 1, 2, 3])
    expect(seen).toBe(4)
  })
})
