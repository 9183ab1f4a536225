import { describe, expect, test } from 'vitest'
import { ApiVersions } from '../../src/protocol/messages/api-versions.ts'
import { Metadata } from '../../src/protocol/messages/metadata.ts'
import { produce, start } from '../testing/fixture.ts'
import { WireClient } from '../wire-client.ts'

describe('a broker that is restored', () => {
  test('serves, stores and tells what it did before a test changed it', async () => {
    const { cluster, client } = await start()
    const broker = cluster.broker(1)
    broker.narrowApiVersions({ Metadata: [0, 8] })
    broker.narrowApiVersions({ Metadata: [0, 5] })
    broker.fillDisk()
    broker.advertise('far.away:1')
    broker.lengthenRoundTrip(2)
    expect(await produce(client, { orders: [0] })).toEqual(['orders/0 KAFKA_STORAGE_ERROR'])
    await broker.restore()
    expect(await produce(client, { orders: [0] })).toEqual(['orders/0 NONE'])
    const { apiKeys } = await client.send(ApiVersions, 0, {})
    expect(apiKeys.find(({ apiKey }) => apiKey === Metadata.key)?.maxVersion).toBe(13)
    const { brokers } = await client.send(Metadata, 12, { topics: [] })
    expect(brokers.map(({ host, port }) => `${host}:${port}`)).toEqual(cluster.bootstrapServers)
    expect(cluster.network.link(broker, cluster.network.clients).conditions.delay).toBe(0)
  })

  test('runs, be it stopped, killed or paused before', async () => {
    const { cluster } = await start({ brokers: 3 })
    const [one, two, three] = cluster.brokers
    await one?.stop()
    await two?.kill()
    three?.pause()
    for (const broker of cluster.brokers) await broker.restore()
    expect(cluster.brokers.map(({ isRunning, isPaused }) => [isRunning, isPaused])).toEqual(
      Array(3).fill([true, false]),
    )
    expect(await produce(new WireClient(cluster.connect(2)), {})).toEqual([])
  })

  test('is changed anew by what is done to it later, and a step back is taken once', async () => {
    const { cluster, client } = await start()
    const broker = cluster.broker(1)
    const free = broker.fillDisk()
    await broker.restore()
    broker.fillDisk()
    free()
    expect(await produce(client, { orders: [0] })).toEqual(['orders/0 KAFKA_STORAGE_ERROR'])
  })
})
