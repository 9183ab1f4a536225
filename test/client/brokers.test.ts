import { Duplex } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { newClient, newConfig } from '../../src/client/index.ts'
import { KafkaCluster } from '../../src/index.ts'
import { ListOffsets, Metadata, respond } from '../../src/testing/index.ts'
import { settled } from './producer/settled.ts'

describe('a broker that metadata names no longer', () => {
  test('fails what waits for it with what may pass, since the client is not closed', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', brokers: 3 })
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    const gone = client.broker(3)
    cluster.use(respond(ListOffsets, () => ({ throttleTimeMs: 60_000, topics: [] }), { once: true }))
    await gone.send(ListOffsets, { replicaId: -1, topics: [] })
    const throttled = gone.send(ListOffsets, { replicaId: -1, topics: [] }).catch((error: unknown) => error)
    await cluster.broker(3).kill()
    await settled(cluster, client.refreshMetadata())
    expect(client.brokers.map(({ id }) => id)).toEqual([1, 2])
    const later = gone.send(ListOffsets, { replicaId: -1, topics: [] }).catch((error: unknown) => error)
    expect(await throttled).toMatchObject({ retriable: true })
    expect(await later).toMatchObject({ retriable: true })
  })
})

describe('a cluster that asks its clients to begin anew (KIP-1102)', () => {
  test('is asked again by the addresses that the client was given', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', brokers: 3, topics: { orders: {} } })
    const [first] = cluster.bootstrapServers as [string, string, string]
    await using client = await newClient([first], newConfig(cluster.clientConfig()))
    const old = client.brokers
    const asked: number[] = []
    cluster.use(
      respond(Metadata, ({ request, broker }) => {
        asked.push((broker as { nodeId: number }).nodeId)
        return asked.length === 1 && request.topics !== undefined ? { errorCode: 129, topics: [] } : undefined
      }),
    )
    await settled(cluster, client.refreshMetadata())
    expect(asked[1]).toBe(1)
    expect(client.brokers).toHaveLength(3)
    for (const broker of client.brokers) expect(old).not.toContain(broker)
    expect((await settled(cluster, client.leader('orders', 0))).id).toBe(cluster.partition('orders', 0).leader)
  })
})

describe('a connection that was released', () => {
  test('is not opened again by who still holds it: nobody would close it', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual' })
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    const own = client.connectionTo(1, 'own')
    await own.open()
    client.releaseConnections('own')
    expect(own.connected).toBe(false)
    await expect(own.open()).rejects.toMatchObject({ retriable: true })
    await client.connectionTo(1, 'own').open()
  })
})

describe('a broker that moves to another address', () => {
  test('is found there as a coordinator, though metadata is older', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', brokers: 3 })
    const config = newConfig(cluster.clientConfig())
    const { dial } = config.net
    const addresses = new Map<string, string>()
    config.net.dial = (host, port, options) => {
      const [to, at = '0'] = (addresses.get(`${host}:${port}`) ?? `${host}:${port}`).split(':')
      if (to === 'nowhere') return new Duplex({ read() {} }).destroy(new Error('connect ECONNREFUSED'))
      return (dial as NonNullable<typeof dial>)(to as string, Number(at), options)
    }
    await using client = await newClient(cluster.bootstrapServers, config)
    const { id, addr } = await settled(cluster, client.coordinator('billing'))
    cluster.broker(id).advertise('elsewhere:9092')
    addresses.set('elsewhere:9092', addr)
    addresses.set(addr, 'nowhere:1')
    client.broker(id).close()
    await settled(cluster, client.refreshCoordinator('billing'))
    const coordinator = await client.coordinator('billing')
    expect(coordinator.addr).toBe('elsewhere:9092')
    await settled(cluster, coordinator.open())
  })
})

describe('a broker that cannot be talked to', () => {
  test('is passed over, though its stream has no error to tell of', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', brokers: 2 })
    const config = newConfig(cluster.clientConfig())
    const { dial } = config.net
    const [first, second] = cluster.bootstrapServers as [string, string]
    config.net.dial = (host, port, options) => {
      if (`${host}:${port}` === first) return new Duplex({ read() {} }).destroy()
      return (dial as NonNullable<typeof dial>)(host, port, options)
    }
    for (let i = 0; i < 5; i++) {
      await using client = await settled(cluster, newClient([first, second], config))
      expect(client.brokers).toHaveLength(2)
    }
  })
})

describe('a broker whose connection is closed while it is opened', () => {
  test('opens another for what is asked after that, and fails what was asked before', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual' })
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    const broker = client.broker(1)
    broker.close()
    const before = broker.send(ListOffsets, { replicaId: -1, topics: [] }).catch((error: unknown) => error)
    broker.close()
    const after = broker.send(ListOffsets, { replicaId: -1, topics: [] })
    expect(await before).toMatchObject({ error: 'NETWORK_EXCEPTION', retriable: true })
    expect(await after).toMatchObject({ topics: [] })
    expect(broker.pending).toBe(0)
    expect(cluster.network.connections).toHaveLength(1)
  })
})

describe('a broker that throttles its client', () => {
  test('is not asked for metadata while there are others', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', brokers: 3 })
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    for (const broker of client.brokers) await broker.open()
    cluster.use(respond(ListOffsets, () => ({ throttleTimeMs: 60_000, topics: [] }), { once: true }))
    await client.broker(2).send(ListOffsets, { replicaId: -1, topics: [] })
    const asked = new Set<number>()
    cluster.use(
      respond(Metadata, ({ nodeId, passthrough }) => {
        asked.add(nodeId)
        return passthrough()
      }),
    )
    const begun = cluster.clock.now()
    for (let i = 0; i < 20; i++) await settled(cluster, client.refreshMetadata())
    expect(cluster.clock.now()).toBe(begun)
    expect([...asked].sort()).toEqual([1, 3])
  })
})
