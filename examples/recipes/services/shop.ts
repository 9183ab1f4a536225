import type { Kafka, Producer } from 'kafkajs'
import type { Order } from './billing.ts'

/** Announces orders to whoever wants to know. */
export class Shop {
  private readonly producer: Producer
  private readonly topic: string

  /** @param prefix of its topic, where others use the cluster too */
  constructor(client: Kafka, prefix = '') {
    this.producer = client.producer({ idempotent: true, maxInFlightRequests: 1 })
    this.topic = `${prefix}orders`
  }

  start(): Promise<void> {
    return this.producer.connect()
  }

  stop(): Promise<void> {
    return this.producer.disconnect()
  }

  async announce(order: Order): Promise<void> {
    const message = { key: order.id, value: JSON.stringify(order), headers: { source: 'shop' } }
    await this.producer.send({ topic: this.topic, messages: [message] })
  }
}
