import assert from 'node:assert/strict'
import { Kafka, logLevel } from 'kafkajs'
import type { KafkaCluster } from '../../src/index.ts'
import type { Client, Deserializer, Libraries, RestError, Serializer } from './confluent.ts'

/** Where the client believes the registry to be. */
export const URL = 'http://registry.test'

/** What a check has in its hand. */
export class World {
  readonly libraries: Libraries
  readonly cluster: KafkaCluster
  /** The client of whoever produces and registers. */
  readonly client: Client

  /** Puts another registry on the same cluster in the place of this one: it knows only what the cluster has. */
  readonly anotherRegistry: () => void

  constructor(libraries: Libraries, cluster: KafkaCluster, anotherRegistry: () => void) {
    this.libraries = libraries
    this.cluster = cluster
    this.anotherRegistry = anotherRegistry
    this.client = this.otherClient()
  }

  /** A client that knows nothing yet: whoever consumes has a process of his own. */
  otherClient(): Client {
    return new this.libraries.confluent.SchemaRegistryClient({ baseURLs: [URL] })
  }

  /** Serialises values, sends them with kafkajs, reads them with kafkajs, and deserialises what came. */
  async throughKafka(
    topic: string,
    values: readonly unknown[],
    serializer: Serializer,
    deserializer: Deserializer,
  ): Promise<unknown[]> {
    const payloads = await Promise.all(values.map((value) => serializer.serialize(topic, value)))
    const kafka = new Kafka({ brokers: this.cluster.bootstrapServers, logLevel: logLevel.NOTHING })
    const producer = kafka.producer()
    await producer.connect()
    await producer.send({ topic, messages: payloads.map((value) => ({ value })) })
    await producer.disconnect()
    const read = await this.read(kafka, topic, values.length)
    return Promise.all(read.map((payload) => deserializer.deserialize(topic, payload)))
  }

  private async read(kafka: Kafka, topic: string, count: number): Promise<Buffer[]> {
    const consumer = kafka.consumer({ groupId: `readers of ${topic}` })
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    const read: Buffer[] = []
    try {
      await new Promise<void>((resolve, reject) => {
        consumer.on('consumer.crash', ({ payload }) => reject(payload.error))
        consumer
          .run({
            eachMessage: async ({ message }) => {
              read.push(message.value as Buffer)
              if (read.length === count) resolve()
            },
          })
          .catch(reject)
      })
    } finally {
      await consumer.disconnect()
    }
    return read
  }

  /** The error of the registry's that the client sees. */
  async refused(asked: Promise<unknown>, status: number, errorCode: number, says: RegExp): Promise<void> {
    await assert.rejects(asked, (error: RestError) => {
      assert.ok(error instanceof this.libraries.confluent.RestError, `${error} is no RestError`)
      assert.deepEqual([error.status, error.errorCode], [status, errorCode], error.message)
      assert.match(error.message, says)
      return true
    })
  }
}
