import { describe, expect, test } from 'vitest'
import {
  type Config,
  ErrClosedClient,
  ErrInvalidTopic,
  ErrNonTransactedProducer,
  ErrShuttingDown,
  ErrUnknownTopicOrPartition,
  newClient,
  newConfig,
  newManualPartitioner,
  newSyncProducer,
  newSyncProducerFromClient,
  ProducerErrors,
  type SyncProducer,
  WaitForAll,
} from '../../../src/client/index.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { Produce, respond } from '../../../src/testing/index.ts'
import { settled, valuesOf } from './settled.ts'

async function startCluster(partitions = 1): Promise<KafkaCluster> {
  const config = { 'auto.create.topics.enable': 'false' }
  return KafkaCluster.start({ clock: 'virtual', topics: { orders: { partitions } }, config })
}

function producerOf(cluster: KafkaCluster, change: (config: Config) => void = () => {}): Promise<SyncProducer> {
  const config = newConfig(cluster.clientConfig())
  change(config)
  return newSyncProducer(cluster.bootstrapServers, config)
}

describe('a sync producer', () => {
  test('tells where each message was written', async () => {
    await using cluster = await startCluster(2)
    await using producer = await producerOf(cluster, ({ producer }) => {
      producer.partitioner = newManualPartitioner
    })
    expect(await producer.sendMessage({ topic: 'orders', partition: 1, value: 'a' })).toEqual({
      partition: 1,
      offset: 0,
    })
    const message = { topic: 'orders', partition: 1, value: 'b' }
    expect(await producer.sendMessage(message)).toEqual({ partition: 1, offset: 1 })
    expect(message).toMatchObject({ partition: 1, offset: 1, timestamp: cluster.clock.now() })
    expect(valuesOf(cluster, 'orders', 1)).toEqual(['a', 'b'])
  })

  test('sends together what is asked for together', async () => {
    await using cluster = await startCluster()
    await using producer = await producerOf(cluster)
    let requests = 0
    cluster.use(
      respond(Produce, () => {
        requests++
        return undefined
      }),
    )
    const sent = await Promise.all(
      Array.from({ length: 100 }, (_, i) => producer.sendMessage({ topic: 'orders', value: `${i}` })),
    )
    expect(sent.map(({ offset }) => offset)).toEqual(Array.from({ length: 100 }, (_, i) => i))
    expect(requests).toBe(1)
  })

  test('sends one message object twice', async () => {
    await using cluster = await startCluster()
    await using producer = await producerOf(cluster)
    const message = { topic: 'orders', value: 'again' }
    expect(await Promise.all([producer.sendMessage(message), producer.sendMessage(message)])).toEqual([
      { partition: 0, offset: 0 },
      { partition: 0, offset: 1 },
    ])
  })

  test('throws why a message was not written', async () => {
    await using cluster = await startCluster()
    await using producer = await producerOf(cluster, ({ metadata }) => {
      metadata.retry.max = 0
    })
    await expect(producer.sendMessage({ topic: 'nowhere' })).rejects.toThrow(ErrUnknownTopicOrPartition)
    await expect(producer.sendMessage({ topic: '' })).rejects.toThrow(ErrInvalidTopic)
    await expect(producer.sendMessage(undefined as never)).rejects.toThrow(TypeError)
  })

  test('writes what can be written of many messages, and names the others', async () => {
    await using cluster = await startCluster()
    await using producer = await producerOf(cluster, ({ metadata }) => {
      metadata.retry.max = 0
    })
    const bad = { topic: 'nowhere', value: 'b' }
    const error = await producer
      .sendMessages([{ topic: 'orders', value: 'a' }, bad, { topic: 'orders', value: 'c' }])
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ProducerErrors)
    expect((error as ProducerErrors).errors.map(({ msg }) => msg)).toEqual([bad])
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['a', 'c'])
    await producer.sendMessages([])
    await producer.sendMessages(new Set([{ topic: 'orders', value: 'd' }]))
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['a', 'c', 'd'])
  })

  test('waits no longer than it is told to', async () => {
    await using cluster = await startCluster()
    const producer = await producerOf(cluster)
    cluster.use(respond(Produce, () => new Promise<undefined>(() => {}), { once: true }))
    const controller = new AbortController()
    const { signal } = controller
    const sent = [producer.sendMessage({ topic: 'orders', value: 'a' }, { signal })]
    const many = producer.sendMessages([{ topic: 'orders', value: 'b' }], { signal })
    await cluster.clock.advance(10)
    controller.abort(new Error('enough'))
    await expect(sent[0]).rejects.toThrow('enough')
    await expect(many).rejects.toThrow('enough')
    await expect(producer.sendMessage({ topic: 'orders' }, { signal })).rejects.toThrow('enough')
    await settled(cluster, producer.close())
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['a', 'b'])
  })

  test('settles what it has when it closes, and takes no more', async () => {
    await using cluster = await startCluster()
    const producer = await producerOf(cluster)
    const sent = producer.sendMessage({ topic: 'orders', value: 'a' })
    await producer.close()
    expect(await sent).toEqual({ partition: 0, offset: 0 })
    await expect(producer.sendMessage({ topic: 'orders' })).rejects.toThrow(ErrShuttingDown)
    await producer.close()
  })

  test('leaves a client that it was made of open, and is not made of one that is closed', async () => {
    await using cluster = await startCluster()
    const client = await newClient(cluster.bootstrapServers, cluster.clientConfig())
    const producer = await newSyncProducerFromClient(client)
    await producer.sendMessage({ topic: 'orders', value: 'a' })
    await producer.close()
    expect(client.closed).toBe(false)
    await client.close()
    await expect(newSyncProducerFromClient(client)).rejects.toThrow(ErrClosedClient)
  })

  test('knows of no transactions without an id for them', async () => {
    await using cluster = await startCluster()
    await using producer = await producerOf(cluster)
    expect(producer.isTransactional).toBe(false)
    await expect(producer.beginTxn()).rejects.toThrow(ErrNonTransactedProducer)
    await expect(producer.commitTxn()).rejects.toThrow(ErrNonTransactedProducer)
    await expect(producer.abortTxn()).rejects.toThrow(ErrNonTransactedProducer)
    await expect(producer.addOffsetsToTxn({}, 'group')).rejects.toThrow(ErrNonTransactedProducer)
  })

  test('commits and aborts transactions', async () => {
    await using cluster = await startCluster()
    await using producer = await producerOf(cluster, ({ producer }) => {
      producer.idempotent = true
      producer.requiredAcks = WaitForAll
      producer.transaction.id = 'billing'
    })
    await producer.beginTxn()
    expect(await producer.sendMessage({ topic: 'orders', value: 'a' })).toEqual({ partition: 0, offset: 0 })
    await producer.abortTxn()
    await producer.beginTxn()
    expect(await producer.sendMessage({ topic: 'orders', value: 'b' })).toEqual({ partition: 0, offset: 2 })
    await producer.commitTxn()
    expect(cluster.transaction('billing').state).toMatch(/Commit/)
  })
})
