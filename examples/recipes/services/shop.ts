import type { Kafka, Producer } from 'kafkajs'
import type { Order } from './billing.ts'

/** Announces orders to whoever wants to know. */
export class Shop {
  private readonly producer: Producer

  constructor(client: Kafka) {
    this.producer = client.producer({ idempotent: true, maxInFlightRequests: 1 })
  }

  start(): Promise<void> {
    return this.producer.connect()
  }

  stop(): Promise<void> {
    return this.producer.disconnect()
  }

  async announce(order: Order): Promise<void> {
    const message = { key: order.id, value: JSON.stringify(order), headers: { source: 'shop' } }
    await this.producer.send({ topic: 'orders', messages: [message] })
  }
}
