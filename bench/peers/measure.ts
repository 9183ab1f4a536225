import type { Guard } from '../../conformance/guard.ts'
import type { Broker, BrokerKind } from './brokers.ts'
import { Client, type ClientKind } from './clients.ts'
import type { Figure, Row } from './rows.ts'

/** What came of one figure, a value a round for each broker that was measured. */
export interface Result {
  readonly row: string
  readonly figure: Figure
  readonly values: ReadonlyMap<BrokerKind['name'], readonly number[]>
  /** Why there are none. */
  readonly notRun?: string
}

/** Brokers and clients that run side by side, and are measured in turn. */
export class SideBySide {
  private readonly guard: Guard
  private readonly brokers = new Map<BrokerKind['name'], Broker>()
  private readonly clients = new Map<ClientKind['name'], Client>()
  private topics = 0

  constructor(guard: Guard) {
    this.guard = guard
  }

  async add(kind: BrokerKind, port: number): Promise<void> {
    const broker = await kind.prepare(port, this.guard)
    this.brokers.set(kind.name, broker)
    await broker.launch()
  }

  async addClient({ name, install }: ClientKind): Promise<void> {
    this.clients.set(name, new Client(name, await install(), this.guard))
  }

  /** All figures of a row. */
  async measure(row: Row, rounds: number): Promise<Result[]> {
    const client = this.clients.get(row.client)
    const notRun = row.lacking?.() ?? (client === undefined ? `${row.client} does not run here` : undefined)
    if (client === undefined || notRun !== undefined) {
      return row.figures.map((figure) => ({ row: row.name, figure, values: new Map(), notRun: notRun as string }))
    }
    const measured = new Map([...this.brokers.keys()].map((name) => [name, [] as (readonly number[])[]]))
    for (let round = -row.warmUps; round < rounds; round++) {
      // Whoever is first has no advantage of it in the long run.
      for (const [name, broker] of round % 2 === 0 ? this.brokers : [...this.brokers].toReversed()) {
        const values = await this.round(row, broker, client)
        if (round >= 0) measured.get(name)?.push(values)
      }
    }
    return row.figures.map((figure, place) => ({
      row: row.name,
      figure,
      values: new Map([...measured].map(([name, all]) => [name, all.map((it) => it[figure.of ?? place] as number)])),
    }))
  }

  /** Ends everything that was started. */
  async close(): Promise<void> {
    const all = [...this.clients.values(), ...this.brokers.values()]
    await Promise.allSettled(all.map((one) => (one instanceof Client ? one.stop() : one.close())))
  }

  private round(row: Row, broker: Broker, client: Client): Promise<readonly number[]> {
    const newTopic = (): string => `peers-${this.topics++}`
    return row.round({
      broker,
      newTopic,
      ask: (task) => client.do({ topic: newTopic(), ...task, address: broker.address }, broker.died),
    })
  }
}
