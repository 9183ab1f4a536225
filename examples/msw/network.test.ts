import { Kafka, logLevel } from 'kafkajs'
import { KafkaCluster } from 'memkafka'
import { defineKafkaNetwork, KafkaSource } from 'memkafka/msw'
import { KafkaResponse, kafka } from 'memkafka/testing'
import { HttpResponse, http } from 'msw'
import { defaultNetworkOptions } from 'msw/node'
import { expect, test } from 'vitest'

/** Charges a card over HTTP, and tells of it in Kafka. */
async function charge(brokers: string[]): Promise<string> {
  const { status } = await fetch('http://payments.test/charges', { method: 'POST' })
  const producer = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { retries: 0 } }).producer()
  await producer.connect()
  try {
    await producer.send({ topic: 'charges', messages: [{ value: String(status) }] })
    return 'told'
  } catch {
    return 'not told'
  } finally {
    await producer.disconnect()
  }
}

test('one use and one resetHandlers, for HTTP and for Kafka', async () => {
  await using cluster = await KafkaCluster.start({ topics: { charges: {} } })
  const network = defineKafkaNetwork({
    sources: [...defaultNetworkOptions.sources, new KafkaSource(cluster)],
    handlers: [http.post('http://payments.test/charges', () => new HttpResponse(null, { status: 201 }))],
    onUnhandledFrame: 'error',
  })
  await network.enable()
  try {
    network.use(
      http.post('http://payments.test/charges', () => new HttpResponse(null, { status: 402 })),
      kafka.produce({ topic: 'charges' }, () => KafkaResponse.error('NOT_ENOUGH_REPLICAS')),
    )
    expect(await charge(cluster.bootstrapServers)).toBe('not told')

    network.resetHandlers()
    expect(await charge(cluster.bootstrapServers)).toBe('told')
    expect((await cluster.topic('charges').records()).map(({ value }) => value)).toEqual(['201'])
  } finally {
    await network.disable()
  }
})
