import { describe, expect, test } from 'vitest'
import {
  type AsyncProducer,
  type Config,
  ConfigurationError,
  ErrUnsupportedCompressionType,
  ErrUnsupportedVersion,
  newAsyncProducer,
  newConfig,
  type ProducerMessage,
  WaitForAll,
} from '../../../src/client/index.ts'
import { KafkaCluster } from '../../../src/index.ts'
import { releases } from '../../../src/protocol/release.ts'
import { Produce, respond } from '../../../src/testing/index.ts'
import { valuesOf } from './settled.ts'

async function producerOf(cluster: KafkaCluster, change: (config: Config) => void = () => {}): Promise<AsyncProducer> {
  const config = newConfig(cluster.clientConfig())
  config.producer.return.successes = true
  change(config)
  return newAsyncProducer(cluster.bootstrapServers, config)
}

async function receive(producer: AsyncProducer, count: number): Promise<ProducerMessage[]> {
  const messages: ProducerMessage[] = []
  while (messages.length < count) messages.push((await producer.successes.receive()) as ProducerMessage)
  return messages
}

/** The versions in which Produce arrives, and the magic of the records in it. */
function watch(cluster: KafkaCluster): { version: number; magic: number | undefined }[] {
  const seen: { version: number; magic: number | undefined }[] = []
  cluster.use(
    respond(Produce, ({ version, request }) => {
      seen.push({ version, magic: request.topicData[0]?.partitionData[0]?.records?.[0]?.[16] })
      return undefined
    }),
  )
  return seen
}

/** Brokers before 0.10 are not asked which versions they serve. */
const beforeApiVersions = ['0.8.2', '0.9.0']

describe('a producer', () => {
  test.each(releases)('writes to brokers of %s', async (version) => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', version, topics: { orders: {} } })
    const seen = watch(cluster)
    await using producer = await producerOf(cluster, (config) => {
      if (beforeApiVersions.includes(version)) {
        config.version = version
        config.apiVersionsRequest = false
      }
    })
    for (const value of ['a', 'b', 'c']) await producer.input.send({ topic: 'orders', key: 'k', value })
    expect((await receive(producer, 3)).map(({ offset }) => offset)).toEqual([0, 1, 2])
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['a', 'b', 'c'])
    expect(seen[0]?.magic).toBe(version === '0.8.2' || version === '0.9.0' ? 0 : version.startsWith('0.10') ? 1 : 2)
  })

  test.each(releases)('keeps to the versions of %s where it is told to', async (version) => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', topics: { orders: {} }, version: '3.9' })
    const seen = watch(cluster)
    await using producer = await producerOf(cluster, (config) => {
      config.version = version
      config.apiVersionsRequest = !beforeApiVersions.includes(version)
    })
    await producer.input.send({ topic: 'orders', value: 'a' })
    expect(await receive(producer, 1)).toMatchObject([{ offset: 0 }])
    expect(seen[0]?.version).toBeLessThanOrEqual(11)
  })

  test.each(['gzip', 'snappy', 'lz4'] as const)(
    'writes compressed message sets to brokers before 0.11: %s',
    async (compression) => {
      await using cluster = await KafkaCluster.start({ clock: 'virtual', version: '0.10.2', topics: { orders: {} } })
      await using producer = await producerOf(cluster, (config) => {
        config.producer.compression = compression
      })
      for (const value of ['a', 'b', 'c']) await producer.input.send({ topic: 'orders', value })
      expect((await receive(producer, 3)).map(({ offset }) => offset)).toEqual([0, 1, 2])
      expect(valuesOf(cluster, 'orders', 0)).toEqual(['a', 'b', 'c'])
    },
  )

  test('gives headers back as an error where they cannot be written, and writes the messages around them', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', version: '0.10.2', topics: { orders: {} } })
    const headers = [{ key: 'trace', value: '1' }]
    for (const ceiling of [undefined, '0.10.2.1']) {
      await using producer = await producerOf(cluster, (config) => {
        config.version = ceiling ?? config.version
      })
      await producer.input.send({ topic: 'orders', value: 'a' })
      await producer.input.send({ topic: 'orders', value: 'b', headers })
      await producer.input.send({ topic: 'orders', value: 'c', headers })
      await producer.input.send({ topic: 'orders', value: 'd' })
      for (const value of ['b', 'c']) {
        const error = await producer.errors.receive()
        expect(error?.msg.value).toBe(value)
        expect(error?.err).toBeInstanceOf(ConfigurationError)
        expect(error?.err.message).toContain('headers requires Kafka at least v0.11')
      }
      await receive(producer, 2)
    }
    expect(valuesOf(cluster, 'orders', 0)).toEqual(['a', 'd', 'a', 'd'])
  })

  test('says so when a broker knows no zstd, or no idempotence', async () => {
    await using cluster = await KafkaCluster.start({ clock: 'virtual', version: '2.0', topics: { orders: {} } })
    await using producer = await producerOf(cluster, (config) => {
      config.producer.compression = 'zstd'
    })
    await producer.input.send({ topic: 'orders', value: 'a' })
    expect((await producer.errors.receive())?.err).toBeInstanceOf(ErrUnsupportedCompressionType)
    await using old = await KafkaCluster.start({ clock: 'virtual', version: '0.10.2', topics: { orders: {} } })
    const idempotent = producerOf(old, (config) => {
      config.producer.idempotent = true
      config.producer.requiredAcks = WaitForAll
    })
    await expect(idempotent).rejects.toThrow(ErrUnsupportedVersion)
  })
})
