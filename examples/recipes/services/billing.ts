import type { Consumer, ConsumerConfig, Kafka, KafkaMessage, Producer } from 'kafkajs'

export interface Order {
  readonly id: string
  readonly amount: number
}

/** Takes the money; in earnest a call to somebody else's service. */
export type Charge = (order: Order) => Promise<void>

export interface BillingOptions {
  readonly charge?: Charge
  /** The orders that were charged; in earnest a table with a unique key. */
  readonly charged?: Set<string>
  /** Of its topics and its group, where others use the cluster too. */
  readonly prefix?: string
  readonly consumer?: Partial<ConsumerConfig>
}

/** Reads orders, charges each of them once, and writes a bill. What is no order goes to `orders.dead`. */
export class Billing {
  private readonly producer: Producer
  private readonly consumer: Consumer
  private readonly charge: Charge
  private readonly charged: Set<string>
  private readonly prefix: string

  constructor(client: Kafka, options: BillingOptions = {}) {
    const { charge = async () => {}, charged = new Set(), prefix = '', consumer } = options
    this.producer = client.producer({ idempotent: true, maxInFlightRequests: 1 })
    this.consumer = client.consumer({ groupId: `${prefix}billing`, ...consumer })
    this.charge = charge
    this.charged = charged
    this.prefix = prefix
  }

  async start(): Promise<void> {
    await this.producer.connect()
    await this.consumer.connect()
    await this.consumer.subscribe({ topic: `${this.prefix}orders`, fromBeginning: true })
    await this.consumer.run({ eachMessage: ({ message }) => this.bill(message) })
  }

  /** Ends what it has begun, commits, and leaves its group. */
  async stop(): Promise<void> {
    await this.consumer.disconnect()
    await this.producer.disconnect()
  }

  private async bill(message: KafkaMessage): Promise<void> {
    const order = orderOf(message)
    if (order === undefined) {
      const { key, value, headers, offset } = message
      const dead = { key, value, headers: { ...headers, reason: 'no order', offset } }
      await this.producer.send({ topic: `${this.prefix}orders.dead`, messages: [dead] })
      return
    }
    if (this.charged.has(order.id)) return
    await this.charge(order)
    this.charged.add(order.id)
    const total = Math.round(order.amount * 119) / 100
    const bill = { key: order.id, value: JSON.stringify({ order: order.id, total }) }
    await this.producer.send({ topic: `${this.prefix}bills`, messages: [bill] })
  }
}

function orderOf({ value }: KafkaMessage): Order | undefined {
  try {
    return JSON.parse(String(value))
  } catch {
    return undefined
  }
}
