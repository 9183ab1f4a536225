import { type Consumer, type EachBatchPayload, Kafka, type KafkaConfig, logLevel, type Producer } from 'kafkajs'
import type { Database, Order } from './database.ts'

/** Three well-known bugs, each behind its flag. */
export interface Bugs {
  /** Commits an order before it has been dealt with: when dealing with it fails, it is never seen again. */
  readonly commitBeforeProcess?: boolean
  /** Charges again when it tries again: what went wrong came after the charge. */
  readonly nonIdempotentRetry?: boolean
  /** Gathers orders to deal with them together, and forgets what it has gathered when the group rebalances, committed as it is. */
  readonly lostOnRebalance?: boolean
}

/** What the service is made with. */
export interface OrderServiceOptions {
  readonly kafka: Pick<KafkaConfig, 'brokers' | 'socketFactory'>
  readonly database: Database
  readonly bugs?: Bugs
}

const ATTEMPTS = 3
/** So many orders are gathered by who deals with them together. */
const GATHERED = 3
const OUTBOX_INTERVAL_MS = 100

/** Announces orders that were placed, charges them, and writes receipts; what cannot be dealt with goes to a dead-letter topic. */
export class OrderService {
  private readonly database: Database
  private readonly bugs: Bugs
  private readonly producer: Producer
  private readonly consumer: Consumer
  private gathered: Order[] = []
  private outbox: NodeJS.Timeout | undefined
  private isAnnouncing: Promise<void> = Promise.resolve()
  private joining: Promise<void> = Promise.resolve()
  private isStopped = false

  constructor({ kafka: config, database, bugs = {} }: OrderServiceOptions) {
    const kafka = new Kafka({
      clientId: 'order-service',
      logLevel: logLevel.NOTHING,
      ...config,
      connectionTimeout: 1000,
      requestTimeout: 2000,
      retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 3 },
    })
    this.database = database
    this.bugs = bugs
    // The outbox and the consumer try again themselves.
    this.producer = kafka.producer({ retry: { retries: 0 } })
    this.consumer = kafka.consumer({
      groupId: 'billing',
      sessionTimeout: 6000,
      rebalanceTimeout: 6000,
      heartbeatInterval: 1000,
      maxWaitTimeInMs: 200,
      // Whatever happens: the service is to go on.
      retry: { restartOnFailure: async () => true },
    })
  }

  async start(): Promise<void> {
    const { CRASH, REBALANCING } = this.consumer.events
    this.consumer.on(REBALANCING, () => {
      this.gathered = []
    })
    // kafkajs gives up for good when a commit is answered with UNKNOWN_MEMBER_ID, for one.
    this.consumer.on(CRASH, ({ payload }) => {
      if (!payload.restart && !this.isStopped) this.joining = this.join()
    })
    await again(() => this.producer.connect())
    this.joining = this.join()
    await this.joining
    this.announceLater()
  }

  private async join(): Promise<void> {
    await again(async () => {
      if (this.isStopped) return
      await this.consumer.connect()
      await this.consumer.subscribe({ topic: 'orders', fromBeginning: true })
      await this.consumer.run({ autoCommit: false, eachBatch: (payload) => this.consume(payload) })
    })
  }

  async stop(): Promise<void> {
    this.isStopped = true
    clearTimeout(this.outbox)
    this.outbox = undefined
    await this.isAnnouncing
    await this.joining
    await this.consumer.disconnect()
    await this.producer.disconnect()
  }

  private announceLater(): void {
    this.outbox = setTimeout(() => {
      this.isAnnouncing = this.announce().then(
        () => this.outbox && this.announceLater(),
        () => this.outbox && this.announceLater(),
      )
    }, OUTBOX_INTERVAL_MS)
  }

  /** Takes an order out of the outbox once Kafka has it; one that is announced twice is one that consumers know already. */
  private async announce(): Promise<void> {
    const { outbox } = this.database
    for (let order = outbox[0]; order !== undefined; order = outbox[0]) {
      await this.producer.send({
        topic: 'orders',
        acks: -1,
        messages: [{ key: order.id, value: JSON.stringify(order) }],
      })
      outbox.shift()
    }
  }

  private async consume({ batch, resolveOffset, heartbeat, isRunning, isStale }: EachBatchPayload): Promise<void> {
    for (const { offset, value } of batch.messages) {
      if (!isRunning() || isStale()) return
      const order: Order = JSON.parse(String(value))
      const commit = (): Promise<void> =>
        this.consumer.commitOffsets([
          { topic: batch.topic, partition: batch.partition, offset: String(BigInt(offset) + 1n) },
        ])
      if (this.bugs.commitBeforeProcess) await commit()
      if (this.bugs.lostOnRebalance) await this.gather(order)
      else await this.process(order)
      resolveOffset(offset)
      if (!this.bugs.commitBeforeProcess) await commit()
      await heartbeat()
    }
  }

  private async gather(order: Order): Promise<void> {
    this.gathered.push(order)
    if (this.gathered.length < GATHERED) return
    for (const one of this.gathered) await this.process(one)
    this.gathered = []
  }

  /** Tries a few times; what cannot be dealt with goes to the dead letters, and when even that fails the consumer tries again. */
  private async process(order: Order): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        if (this.bugs.nonIdempotentRetry) this.database.charge(order)
        else this.database.chargeOnce(order)
        await this.send('receipts', order)
        return
      } catch {
        if (attempt < ATTEMPTS) continue
        await this.send('orders.dead', order)
        return
      }
    }
  }

  private async send(topic: string, order: Order): Promise<void> {
    await this.producer.send({ topic, acks: -1, messages: [{ key: order.id, value: JSON.stringify(order) }] })
  }
}

/** As whoever deploys it would: a service that cannot start is started again. */
async function again<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }
}
