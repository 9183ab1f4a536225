import { describe, expect, test } from 'vitest'
import { errorName } from '../../src/protocol/errors.ts'
import { ApiVersions } from '../../src/protocol/messages/api-versions.ts'
import { DescribeCluster } from '../../src/protocol/messages/describe-cluster.ts'
import { FindCoordinator } from '../../src/protocol/messages/find-coordinator.ts'
import { Metadata } from '../../src/protocol/messages/metadata.ts'
import { OffsetCommit } from '../../src/protocol/messages/offset-commit.ts'
import { fetch, produce, start } from '../testing/fixture.ts'
import { WireClient } from '../wire-client.ts'

describe('a broker that is older than others', () => {
  test('shows and serves fewer versions, also after it was started again, until it is as it was', async () => {
    const { cluster } = await start({ brokers: 2 })
    const broker = cluster.broker(2)
    const shown = async (nodeId: number) => {
      const { apiKeys } = await new WireClient(cluster.connect(nodeId)).send(ApiVersions, 0, {})
      const range = (key: number) => apiKeys.find(({ apiKey }) => apiKey === key)
      return [range(Metadata.key)?.maxVersion, range(DescribeCluster.key)?.maxVersion]
    }
    const all = await shown(1)
    const widen = broker.narrowApiVersions({ Metadata: [0, 8], DescribeCluster: null })
    expect(await shown(2)).toEqual([8, undefined])
    expect(await shown(1)).toEqual(all)
    const ask = (version: number) => new WireClient(cluster.connect(2)).send(Metadata, version, { topics: [] })
    expect((await ask(8)).clusterId).toBe(cluster.clusterId)
    await expect(ask(9)).rejects.toThrow(/closed/)
    await broker.stop()
    await broker.start()
    expect(await shown(2)).toEqual([8, undefined])
    const again = broker.narrowApiVersions({ Metadata: [5, 9] })
    widen()
    expect(await shown(2)).toEqual([9, all[1]])
    again()
    expect(await shown(2)).toEqual(all)
  })

  test('is told what it can be', async () => {
    const { cluster } = await start()
    const broker = cluster.broker(1)
    expect(() => broker.narrowApiVersions({ Metdata: [0, 1] } as never)).toThrow(/Metdata is no API that is served/)
    expect(() => broker.narrowApiVersions({ Metadata: [0, 99] })).toThrow(/Metadata: \[first, last\] within 0 to 13/)
    expect(() => broker.narrowApiVersions({ Metadata: [3, 2] })).toThrow(/not \[3,2\]/)
    expect(await produce(new WireClient(cluster.connect()), { orders: [0] })).toEqual(['orders/0 NONE'])
  })
})

describe('a broker whose disk is full', () => {
  test('answers KAFKA_STORAGE_ERROR to producers, and gives what it has', async () => {
    const { cluster, client } = await start()
    await produce(client, { orders: [0] })
    const free = cluster.broker(1).fillDisk()
    expect(await produce(client, { orders: [0] })).toEqual(['orders/0 KAFKA_STORAGE_ERROR'])
    expect(await fetch(client, { orders: [0] })).toEqual(['orders/0 0:v0'])
    free()
    expect(await produce(client, { orders: [0] })).toEqual(['orders/0 NONE'])
    expect(cluster.partition('orders', 0).logEndOffset).toBe(2)
  })

  test('follows nothing, falls out of sync, and catches up when there is room again', async () => {
    const topics = { orders: { partitions: 1, replicationFactor: 2 } }
    const { cluster } = await start({ brokers: 2, topics, clock: 'virtual' })
    const orders = cluster.partition('orders', 0)
    const leader = orders.leader ?? 0
    const follower = cluster.broker(leader === 1 ? 2 : 1)
    const free = follower.fillDisk()
    expect(await produce(new WireClient(cluster.connect(leader)), { orders: [0] }, { acks: 1 })).toEqual([
      'orders/0 NONE',
    ])
    await cluster.clock.runUntil(() => orders.isr.length === 1)
    expect(orders.log(follower)?.logEndOffset).toBe(0)
    free()
    await cluster.clock.runUntil(() => orders.isr.length === 2)
    expect(orders.log(follower)?.logEndOffset).toBe(1)
  })

  test('coordinates no group', async () => {
    const { cluster, client } = await start()
    await client.send(FindCoordinator, 4, { keyType: 0, coordinatorKeys: ['billing'] })
    cluster.broker(1).fillDisk()
    const { topics } = await client.send(OffsetCommit, 8, {
      groupId: 'billing',
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 1 }] }],
    })
    expect(errorName(topics[0]?.partitions[0]?.errorCode ?? 0)).toBe('NOT_COORDINATOR')
  })
})

describe('a broker that is elsewhere', () => {
  test('is told of at another address by every broker, and listens where it did', async () => {
    const { cluster } = await start({ brokers: 2 })
    const own = cluster.broker(2).bootstrapServer
    const told = async (nodeId: number) => {
      const { brokers } = await new WireClient(cluster.connect(nodeId)).send(Metadata, 9, { topics: [] })
      return brokers.filter((broker) => broker.nodeId === 2).map(({ host, port }) => `${host}:${port}`)
    }
    const back = cluster.broker(2).advertise('kafka-2.internal:9092')
    expect([await told(1), await told(2)]).toEqual([['kafka-2.internal:9092'], ['kafka-2.internal:9092']])
    expect(cluster.broker(2).bootstrapServer).toBe(own)
    back()
    expect(await told(1)).toEqual([own])
    for (const none of ['kafka-2', 'kafka-2:0', 'kafka-2:65536']) {
      expect(() => cluster.broker(2).advertise(none)).toThrow(/advertise wants an address/)
    }
  })

  test('takes longer to answer, and as long as before when that is over', async () => {
    const { cluster, client } = await start({ clock: 'virtual' })
    const nearer = cluster.broker(1).lengthenRoundTrip(200)
    let told: string[] | undefined
    const produced = produce(client, { orders: [0] }).then((answer) => {
      told = answer
    })
    await cluster.clock.advance(199)
    expect(told).toBeUndefined()
    await cluster.clock.advance(1)
    await produced
    expect(told).toEqual(['orders/0 NONE'])
    nearer()
    nearer()
    expect(await produce(client, { orders: [0] })).toEqual(['orders/0 NONE'])
    expect(() => cluster.broker(1).lengthenRoundTrip(-2)).toThrow(/an even number of ms/)
  })
})
