import type { Consumer, ConsumerConfig, Kafka, Producer } from 'kafkajs'

/** Reads `raw` and writes `labelled`, each record exactly once: what it writes and the offset it has come to are one transaction. */
export class Relabel {
  private readonly producer: Producer
  private readonly consumer: Consumer

  constructor(client: Kafka, config: Partial<ConsumerConfig> = {}) {
    this.producer = client.producer({ transactionalId: 'relabel-1', idempotent: true, maxInFlightRequests: 1 })
    this.consumer = client.consumer({ groupId: 'relabel', ...config })
  }

  async start(): Promise<void> {
    await this.producer.connect()
    await this.consumer.connect()
    await this.consumer.subscribe({ topic: 'raw', fromBeginning: true })
    await this.consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, partition, message }) => {
        const transaction = await this.producer.transaction()
        try {
          await transaction.send({
            topic: 'labelled',
            messages: [{ key: message.key, value: `labelled ${message.value}` }],
          })
          const offset = String(Number(message.offset) + 1)
          await transaction.sendOffsets({
            consumerGroupId: 'relabel',
            topics: [{ topic, partitions: [{ partition, offset }] }],
          })
          await transaction.commit()
        } catch (error) {
          if (transaction.isActive()) await transaction.abort()
          // kafkajs gives up for errors of its own that no retry helps; for any other it has the record handled again.
          throw new Error('the record is still to be labelled', { cause: error })
        }
      },
    })
  }

  async stop(): Promise<void> {
    await this.consumer.disconnect()
    await this.producer.disconnect()
  }
}
