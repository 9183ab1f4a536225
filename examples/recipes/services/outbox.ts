import type { Kafka, Producer } from 'kafkajs'

/** A row of the table `outbox`, written in the transaction that changes the other tables. */
export interface OutboxRow {
  readonly key: string
  readonly event: object
  sent: boolean
}

/** Sends what is in the outbox, in its order, and marks what was acknowledged. */
export class OutboxRelay {
  private readonly producer: Producer
  private readonly rows: readonly OutboxRow[]

  constructor(client: Kafka, rows: readonly OutboxRow[]) {
    this.producer = client.producer({ idempotent: true, maxInFlightRequests: 1 })
    this.rows = rows
  }

  start(): Promise<void> {
    return this.producer.connect()
  }

  stop(): Promise<void> {
    return this.producer.disconnect()
  }

  /** One round. Rejects at the first event that is not acknowledged: it, and what comes after it, is sent in the next. */
  async relay(): Promise<void> {
    for (const row of this.rows.filter(({ sent }) => !sent)) {
      await this.producer.send({ topic: 'events', messages: [{ key: row.key, value: JSON.stringify(row.event) }] })
      row.sent = true
    }
  }
}
