import { Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka'
import { Kafka, type KafkaConfig, logLevel } from 'kafkajs'
import { newClient, newConfig, newConsumerFromClient, newSyncProducerFromClient } from '../../../src/client/index.ts'

/** Produces a record to a topic and consumes it, and lets go of everything. */
export type RoundTrip = (addresses: readonly string[], topic: string, ssl: boolean) => Promise<string | undefined>

export const viaKafkajs: RoundTrip = async (brokers, topic, ssl) => {
  const kafka = kafkajs({ brokers: [...brokers], ssl })
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic, messages: [{ value: 'by kafkajs' }] })
  const consumer = kafka.consumer({ groupId: `of-${topic}`, maxWaitTimeInMs: 100 })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  await consumer.run({ eachMessage: async ({ message }) => resolve(message.value?.toString()) })
  const value = await promise
  await Promise.all([producer.disconnect(), consumer.disconnect()])
  return value
}

export const viaPlatformatic: RoundTrip = async (brokers, topic, ssl) => {
  const common = { clientId: 'shop', bootstrapBrokers: [...brokers], ...(ssl ? { tls: {} } : {}) }
  const producer = new Producer({ ...common, serializers: stringSerializers })
  await producer.send({ messages: [{ topic, key: '', value: 'by @platformatic/kafka' }] })
  await producer.close()
  const consumer = new Consumer({
    ...common,
    groupId: `of-${topic}`,
    deserializers: stringDeserializers,
    maxWaitTime: 100,
  })
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: false })
  let value: string | undefined
  for await (const message of stream) {
    value = message.value
    break
  }
  await consumer.close(true)
  return value
}

export const viaOurs: RoundTrip = async (brokers, topic, ssl) => {
  const client = await newClient(
    brokers,
    newConfig({ producer: { return: { successes: true } }, net: { tls: { enable: ssl } } }),
  )
  const producer = await newSyncProducerFromClient(client)
  await producer.sendMessage({ topic, value: 'by memkafka/client' })
  const consumer = newConsumerFromClient(client)
  const partition = await consumer.consumePartition(topic, 0, 0)
  let value: string | undefined
  for await (const message of partition.messages) {
    value = message.value?.toString()
    break
  }
  await Promise.all([partition.close(), producer.close()])
  await consumer.close()
  await client.close()
  return value
}

export function kafkajs(config: KafkaConfig): Kafka {
  return new Kafka({ logLevel: logLevel.NOTHING, ...config })
}
