import { type Broker, PARTITIONS } from './broker.ts'
import type { Client, ClientName } from './clients.ts'
import type { Row } from './rows.ts'

/** How often a client's program may fail in one round. */
const TRIES = 3

/** What came of a row: each client's values, a round each. */
export interface Result {
  readonly row: Row
  readonly values: ReadonlyMap<ClientName, readonly number[]>
}

/** Measures each client that a row is about, in turn. */
export async function measure(
  row: Row,
  clients: ReadonlyMap<ClientName, Client>,
  broker: Broker,
  rounds: number,
): Promise<Result> {
  const values = new Map<ClientName, number[]>()
  const inTurn = [...clients].filter(([name]) => row.clients.includes(name))
  for (let round = -1; round < rounds; round++) {
    const shared = await consumed(row, clients.get('memkafka') as Client, broker)
    // Whoever is first has no advantage of it in the long run.
    for (const [name, client] of round % 2 === 0 ? inTurn : inTurn.toReversed()) {
      const value = await roundOf(row, client, broker, broker.address, shared)
      if (round >= 0) values.set(name, [...(values.get(name) ?? []), value])
    }
    if (shared !== undefined) await broker.deleteTopic(shared)
  }
  return { row, values }
}

/** What a client does at one address, and then at another. */
export interface Kept {
  readonly row: Row
  readonly client: ClientName
  readonly direct: readonly number[]
  readonly proxied: readonly number[]
}

/**
 * Measures one client alone, and through a proxy that stands before the broker, in turn.
 * @param producer makes what is consumed
 * @param proxy `host:port`
 */
export async function measureKept(
  row: Row,
  [name, client]: readonly [ClientName, Client],
  { broker, proxy, producer }: { readonly broker: Broker; readonly proxy: string; readonly producer: Client },
  rounds: number,
): Promise<Kept> {
  const ways = [
    { address: broker.address, values: [] as number[] },
    { address: proxy, values: [] as number[] },
  ] as const
  for (let round = -1; round < rounds; round++) {
    for (const { address, values } of round % 2 === 0 ? ways : ways.toReversed()) {
      // Each of its own: a group goes on where it was.
      const topic = await consumed(row, producer, broker)
      const value = await roundOf(row, client, broker, address, topic)
      if (topic !== undefined) await broker.deleteTopic(topic)
      if (round >= 0) values.push(value)
    }
  }
  const [direct, proxied] = ways
  return { row, client: name, direct: direct.values, proxied: proxied.values }
}

/** A topic with what a row has consumed, made by one producer for all. */
async function consumed(row: Row, producer: Client, broker: Broker): Promise<string | undefined> {
  if (row.task !== 'consume') return undefined
  const topic = await broker.createTopic()
  await producer.do({ ...taskOf(row), task: 'produce', topic, address: broker.address }, broker.died)
  return topic
}

/**
 * One round of a client's, in the row's unit. Some programs with a compiled client crash now and then: they are started again, and the round begun anew.
 * @param shared the topic to consume; undefined where each round has one of its own
 */
async function roundOf(
  row: Row,
  client: Client,
  broker: Broker,
  address: string,
  shared: string | undefined,
): Promise<number> {
  for (let failures = 1; ; failures++) {
    const topic = shared ?? (await broker.createTopic())
    try {
      const [perSecond = 0] = await client.do({ ...taskOf(row), topic, address }, broker.died)
      if (shared === undefined) await broker.deleteTopic(topic)
      return row.shown(perSecond)
    } catch (error) {
      if (client.name === 'memkafka' || failures === TRIES) throw error
      console.error(`bench:client: ${(error as Error).message}; it is started again`)
      await client.restart()
    }
  }
}

function taskOf({ task, recordBytes, records }: Row): Pick<Row, 'task' | 'recordBytes' | 'records'> & {
  partitions: number
} {
  return { task, recordBytes, records, partitions: PARTITIONS }
}
