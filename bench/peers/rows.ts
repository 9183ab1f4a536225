import { setTimeout as after } from 'node:timers/promises'
import type { Broker } from './brokers.ts'
import type { ClientKind } from './clients.ts'
import { residentMebibytes, withoutMemory } from './memory.ts'
import type { Task } from './task.ts'

/** One number that a row measures in each round. */
export interface Figure {
  readonly title: string
  readonly unit: string
  /** Which is better. */
  readonly better: 'more' | 'less'
  /** Which of a row's values it shows; left out: the one in its own place. */
  readonly of?: number
  /** What of all rounds it shows; left out: the median. */
  readonly shows?: 'least'
}

/** A broker that is up, and a client; what a row does with them is one round. */
export interface Pair {
  readonly broker: Broker
  /** Has the client do it with that broker, on a topic that is new unless one is named. */
  ask(task: Omit<Task, 'address' | 'topic'> & { readonly topic?: string }): Promise<readonly number[]>
  /** A name that no broker has heard of. */
  newTopic(): string
}

export interface Row {
  readonly name: string
  readonly client: ClientKind['name']
  readonly figures: readonly Figure[]
  readonly rounds: number
  /** Rounds before those that count: brokers and clients alike are slow until their code has run for a while. */
  readonly warmUps: number
  /** Why it cannot be measured here or anywhere yet, in one line; undefined when it can. */
  lacking?(): string | undefined
  round(pair: Pair): Promise<readonly number[]>
}

const KIB = 1024
const GIB = 2 ** 30
const MEMBERS = 20
const TOPICS = 1000
const TRANSACTIONS = 500
/** How long a broker is left alone after what it held was deleted. */
const SETTLE_MS = 30_000
const IDLE_MS = 3000

export const rows: readonly Row[] = [
  {
    name: 'launch',
    client: 'kgo',
    figures: [{ title: 'process launch to first acknowledged record', unit: 'ms', better: 'less' }],
    rounds: 7,
    warmUps: 1,
    round: async ({ broker, ask }) => {
      await broker.stop()
      const begun = performance.now()
      const up = broker.launch()
      await ask({ task: 'first' })
      const took = performance.now() - begun
      await up
      return [took]
    },
  },
  throughput('kgo', KIB, 256e6),
  throughput('kgo', 100, 64e6),
  throughput('kafkajs', KIB, 64e6),
  throughput('kafkajs', 100, 16e6),
  latency('kgo', 3000),
  latency('kafkajs', 1000),
  assigned('kgo', 'range'),
  assigned('kgo', 'cooperative-sticky'),
  assigned('kafkajs', 'round robin'),
  {
    name: 'late-member',
    client: 'kgo',
    figures: [{ title: 'kgo, one joins 19 that have settled, range', unit: 'ms', better: 'less' }],
    rounds: 5,
    warmUps: 0,
    round: ({ ask }) => ask({ task: 'late', members: MEMBERS, assignor: 'range' }),
  },
  {
    name: 'topics',
    client: 'kgo',
    figures: [{ title: '1,000 topics made by one request', unit: 'ms', better: 'less' }],
    rounds: 9,
    warmUps: 2,
    round: ({ ask }) => ask({ task: 'topics', topics: TOPICS }),
  },
  {
    name: 'transactions',
    client: 'kgo',
    figures: [{ title: 'kgo, transactions of two records, one after the other', unit: '/s', better: 'more' }],
    rounds: 9,
    warmUps: 2,
    round: async ({ ask, newTopic }) => {
      const topic = newTopic()
      const values = await ask({ task: 'transactions', topic, recordBytes: KIB, records: TRANSACTIONS })
      await ask({ task: 'delete', topic })
      return values
    },
  },
  {
    name: 'memory',
    client: 'kgo',
    figures: [
      { title: 'in memory, idle', unit: 'MiB', better: 'less' },
      { title: 'in memory, 1 GiB produced', unit: 'MiB', better: 'less' },
      { title: 'in memory, 30 s after it was deleted', unit: 'MiB', better: 'less' },
    ],
    rounds: 3,
    warmUps: 0,
    lacking: withoutMemory,
    round: remembering,
  },
]

function throughput(client: Row['client'], recordBytes: number, bytes: number): Row {
  const size = recordBytes === KIB ? '1 KiB' : `${recordBytes} B`
  const records = Math.ceil(bytes / recordBytes)
  return {
    name: `throughput-${client}-${size.replace(' ', '')}`,
    client,
    figures: [
      { title: `${client}, produced, ${size} records`, unit: 'MB/s', better: 'more' },
      { title: `${client}, consumed, ${size} records`, unit: 'MB/s', better: 'more' },
    ],
    rounds: 11,
    warmUps: 1,
    round: async ({ ask, newTopic }) => {
      const topic = newTopic()
      const produced = await ask({ task: 'produce', topic, recordBytes, records })
      const consumed = await ask({ task: 'consume', topic, recordBytes, records })
      await ask({ task: 'delete', topic })
      return [...produced, ...consumed]
    },
  }
}

function latency(client: Row['client'], records: number): Row {
  return {
    name: `latency-${client}`,
    client,
    figures: [
      { title: `${client}, one record, acks=all: median`, unit: 'us', better: 'less' },
      { title: '  99th percentile', unit: 'us', better: 'less' },
    ],
    rounds: 15,
    warmUps: 4,
    round: async ({ ask, newTopic }) => {
      const topic = newTopic()
      const times = await ask({ task: 'latency', topic, recordBytes: KIB, records })
      await ask({ task: 'delete', topic })
      return times
    },
  }
}

function assigned(client: Row['client'], assignor: string): Row {
  return {
    name: `assigned-${client}-${assignor.replace(' ', '-')}`,
    client,
    figures: [
      { title: `${client}, 20 members assigned, ${assignor}: median`, unit: 'ms', better: 'less' },
      { title: '  best', unit: 'ms', better: 'less', of: 0, shows: 'least' },
    ],
    rounds: 11,
    warmUps: 1,
    round: ({ ask }) => ask({ task: 'assign', members: MEMBERS, assignor }),
  }
}

/** What a broker that was just launched takes, with 1 GiB in it, and when that was deleted. */
async function remembering({ broker, ask, newTopic }: Pair): Promise<number[]> {
  await broker.stop()
  const up = broker.launch()
  await ask({ task: 'first' })
  await up
  await after(IDLE_MS)
  const idle = residentMebibytes(broker.pid)
  const topic = newTopic()
  await ask({ task: 'produce', topic, recordBytes: KIB, records: GIB / KIB })
  const full = residentMebibytes(broker.pid)
  await ask({ task: 'delete', topic })
  await after(SETTLE_MS)
  return [idle, full, residentMebibytes(broker.pid)]
}
