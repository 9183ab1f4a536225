import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { KafkaCluster, UnmetWaitError } from '../../../../src/index.ts'
import { Metadata } from '../../../../src/protocol/messages/metadata.ts'
import { WireClient } from '../../../wire-client.ts'

test('a test waits for whatever it can tell, and hears of the change that brings it', async () => {
  await using cluster = await KafkaCluster.start({ brokers: 3, topics: { orders: { replicationFactor: 3 } } })
  const orders = cluster.partition('orders', 0)
  const [broker] = cluster.brokers
  const gone = cluster.waitUntil(() => orders.isr.length === 2)
  await broker?.kill()
  await gone
  expect(broker?.isInSync).toBe(false)
  const back = cluster.waitUntil(() => orders.isr.length === 3, { what: 'all replicas to be in sync' })
  await broker?.start()
  await back
  expect(broker?.isInSync).toBe(true)
})

test.each(['in memory', 'over TCP'] as const)('a test waits until its clients are gone, %s', async (how) => {
  await using cluster = await KafkaCluster.start()
  await cluster.waitUntilDisconnected()
  const { host, port } = cluster.broker(1)
  const client = how === 'in memory' ? cluster.connect() : connect({ host, port })
  await cluster.waitUntil(() => cluster.network.connections.length === 1)
  const gone = cluster.waitUntilDisconnected()
  client.end()
  await gone
  expect(cluster.network.connections).toEqual([])
})

test('who is not gone is told by name', async () => {
  await using cluster = await KafkaCluster.start()
  const client = new WireClient(cluster.connect())
  await client.send(Metadata, 9, { topics: [] }, 'shop')
  await expect(cluster.waitUntilDisconnected({ timeout: 1 })).rejects.toThrow(
    new UnmetWaitError(
      'waited 1 ms for all clients to be gone, in vain.\nConnected is: shop to broker 1, which last asked for Metadata v9.',
    ),
  )
  await expect(cluster.waitUntilDisconnected({ timeuot: 5 } as never)).rejects.toThrow(/timeuot/)
})

test('what does not come is told in the words of the test', async () => {
  await using cluster = await KafkaCluster.start()
  const waiting = cluster.waitUntil(() => cluster.topic('orders').exists, { what: 'the topic orders', timeout: 1 })
  const error = await waiting.catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(UnmetWaitError)
  expect((error as Error).message).toMatch(
    /^waited 1 ms for the topic orders, in vain\.\nIt was looked at after every change/,
  )
  await expect(
    cluster.waitUntil((() => {
      throw new Error('a bug in the condition')
    }) as never),
  ).rejects.toThrow('a bug in the condition')
  await expect(cluster.waitUntil(true as never)).rejects.toThrow(/waitUntil wants a function .* not true/)
  await expect(cluster.waitUntil(() => true, { timeuot: 5 } as never)).rejects.toThrow(/timeuot/)
})
