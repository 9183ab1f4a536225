import { describe, expect, test } from 'vitest'
import { newConfig } from '../../../src/client/index.ts'
import { newAsyncProducer } from '../../../src/client/producer/async-producer.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { valuesOf } from './settled.ts'

describe('an async producer', () => {
  test('writes what goes into it, and tells where', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: { orders: {} } })
    const config = newConfig(cluster.clientConfig())
    config.producer.return.successes = true
    await using producer = await newAsyncProducer(cluster.bootstrapServers, config)
    await producer.input.send({ topic: 'orders', key: 'k', value: 'one', metadata: 7 })
    await producer.input.send({ topic: 'orders', value: Buffer.from('two') })
    expect(await producer.successes.receive()).toMatchObject({ partition: 0, offset: 0, metadata: 7 })
    expect(await producer.successes.receive()).toMatchObject({ partition: 0, offset: 1, value: Buffer.from('two') })
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['one', 'two'])
  })
})
