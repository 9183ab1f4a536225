/**
 * memkafka's client beside others, each in a process of its own, with the same broker, in turn.
 *
 *   npm run bench:client                                 everything that can be had here
 *   npm run bench:client -- produce consume-1KiB         the rows whose names begin so; --list shows them
 *   npm run bench:client -- --clients kafkajs,rdkafka    beside those alone; kafkajs, platformatic, rdkafka, confluent
 *   npm run bench:client -- --bootstrap 127.0.0.1:9092   with a broker that listens there, in place of memkafka
 *   npm run bench:client -- --rounds 5                   other than 7
 *   npm run bench:client -- memory --records 1000000     what the client has in memory while so many are produced and consumed
 *   npm run bench:client -- --port 21000                 where memkafka listens; a free port otherwise
 *   npm run bench:client -- --json                       for programs, with every round's value
 *
 * dist/ is measured where it is newer than the sources, else src/. node-rdkafka and @confluentinc/kafka-javascript are compiled apart,
 * as for the conformance runs; where they cannot be they are told as not run.
 */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Guard } from '../../conformance/guard.ts'
import { portsFrom } from '../../conformance/kafka/ports.ts'
import { checkBeginnings, fail, namesIn, UsageError, wholeNumber } from '../command-line.ts'
import { Broker, PARTITIONS } from './broker.ts'
import { Client, type ClientKind, type ClientName, clientKinds } from './clients.ts'
import { type Row, rows } from './rows.ts'
import { printHead, printMemory, printRow, type Result, summary } from './table.ts'

const MEMORY = 'memory'
const ROUNDS = 7
/** How often a client's program may fail in one round. */
const TRIES = 3
const ENDURED_RECORDS = 10_000_000
const ENDURED_BYTES = 100

interface Wanted {
  readonly rows: readonly Row[]
  readonly memory: boolean
  readonly kinds: readonly ClientKind[]
  readonly rounds: number
  readonly records: number
  readonly bootstrap: string | undefined
  readonly port: number | undefined
  readonly json: boolean
  readonly list: boolean
}

function wanted(): Wanted {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      clients: { type: 'string', default: 'kafkajs,platformatic,rdkafka,confluent' },
      bootstrap: { type: 'string' },
      rounds: { type: 'string' },
      records: { type: 'string' },
      port: { type: 'string' },
      json: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  })
  const names = [...rows.map(({ name }) => name), MEMORY]
  checkBeginnings(positionals, names)
  const others = clientKinds.slice(1).map(({ name }) => name as string)
  const clients = namesIn(values.clients, 'client', others)
  if (values.bootstrap !== undefined && !/^.+:\d+$/.test(values.bootstrap)) {
    throw new UsageError(`--bootstrap is a host:port, and not ${values.bootstrap}`)
  }
  const isWanted = (name: string): boolean =>
    positionals.length === 0 || positionals.some((start) => name.startsWith(start))
  const records = wholeNumber('--records', values.records, 1e9) ?? ENDURED_RECORDS
  if (records % 10 !== 0) throw new UsageError(`--records must be a multiple of 10, and not ${records}`)
  return {
    rows: rows.filter(({ name }) => isWanted(name)),
    memory: isWanted(MEMORY),
    kinds: clientKinds.filter(({ name }) => name === 'memkafka' || clients.includes(name)),
    rounds: wholeNumber('--rounds', values.rounds, 10_000) ?? ROUNDS,
    records,
    bootstrap: values.bootstrap,
    port: wholeNumber('--port', values.port, 65_535),
    json: values.json,
    list: values.list,
  }
}

async function run({ rows, memory, kinds, rounds, records, bootstrap, port, json }: Wanted): Promise<void> {
  // It ends every process that is started here when this one ends, in whichever way.
  const guard = new Guard(await mkdtemp(join(tmpdir(), 'memkafka-bench-client-')))
  const clients = new Map<ClientName, Client>()
  const notRun: string[] = []
  let broker: Broker | undefined
  try {
    const [free] = await portsFrom(port, 1)
    broker = bootstrap === undefined ? Broker.start(free as number, guard) : Broker.at(bootstrap)
    for (const kind of kinds) {
      if (kind.name !== 'memkafka' && rows.length === 0) continue
      try {
        clients.set(kind.name, new Client(kind.name, await kind.install(), guard))
      } catch (error) {
        notRun.push(`${kind.title}: ${(error as Error).message}`)
      }
    }
    const columns = kinds.filter(({ name }) => clients.has(name))
    if (!json) printHead(rows.length === 0 ? [] : columns, broker.title)
    const results: Result[] = []
    for (const row of rows) {
      const result = await measure(row, clients, broker, rounds)
      results.push(result)
      if (!json) printRow(result, columns)
    }
    const mebibytes = memory ? await endure(clients.get('memkafka') as Client, broker, records) : undefined
    if (json) console.log(JSON.stringify({ ...summary(results), mebibytes, notRun }, undefined, 2))
    else {
      if (mebibytes !== undefined) printMemory(records, mebibytes)
      for (const line of notRun) console.log(`\nnot run: ${line}`)
    }
  } finally {
    await Promise.allSettled([...clients.values()].map((client) => client.stop()))
    await broker?.stop()
    await guard.end()
  }
}

async function measure(
  row: Row,
  clients: ReadonlyMap<ClientName, Client>,
  broker: Broker,
  rounds: number,
): Promise<Result> {
  const { recordBytes, records } = row
  const values = new Map<ClientName, number[]>()
  const inTurn = [...clients].filter(([name]) => row.clients.includes(name))
  for (let round = -1; round < rounds; round++) {
    const task = { recordBytes, records, partitions: PARTITIONS, address: broker.address }
    // What all of them consume one has produced.
    const shared = row.task === 'consume' ? await broker.createTopic() : undefined
    if (shared !== undefined) {
      await (clients.get('memkafka') as Client).do({ ...task, task: 'produce', topic: shared }, broker.died)
    }
    // Whoever is first has no advantage of it in the long run.
    for (const [name, client] of round % 2 === 0 ? inTurn : inTurn.toReversed()) {
      const newTopic = async (): Promise<string> => shared ?? broker.createTopic()
      const [topic, perSecond] = await tried(client, newTopic, async (topic) => {
        const [value = 0] = await client.do({ ...task, task: row.task, topic }, broker.died)
        return value
      })
      if (shared === undefined) await broker.deleteTopic(topic)
      if (round >= 0) values.set(name, [...(values.get(name) ?? []), row.shown(perSecond)])
    }
    if (shared !== undefined) await broker.deleteTopic(shared)
  }
  return { row, values }
}

/** Some programs with a compiled client crash now and then: they are started again, and a round begun anew. */
async function tried(
  client: Client,
  newTopic: () => Promise<string>,
  round: (topic: string) => Promise<number>,
): Promise<[topic: string, value: number]> {
  for (let failures = 1; ; failures++) {
    const topic = await newTopic()
    try {
      return [topic, await round(topic)]
    } catch (error) {
      if (client.name === 'memkafka' || failures === TRIES) throw error
      console.error(`bench:client: ${(error as Error).message}; it is started again`)
      await client.restart()
    }
  }
}

async function endure(client: Client, broker: Broker, records: number): Promise<readonly number[]> {
  const topic = await broker.createTopic()
  const task = { task: 'endure', topic, records, recordBytes: ENDURED_BYTES, partitions: PARTITIONS } as const
  const values = await client.do({ ...task, address: broker.address }, broker.died)
  await broker.deleteTopic(topic)
  return values
}

try {
  const asked = wanted()
  if (asked.list) for (const name of [...rows.map((row) => row.name), MEMORY]) console.log(name)
  else await run(asked)
} catch (error) {
  fail('bench:client', error)
}
