/**
 * memkafka's client beside others, each in a process of its own, with the same broker, in turn.
 *
 *   npm run bench:client                                 everything that can be had here
 *   npm run bench:client -- produce consume-1KiB         the rows whose names begin so; --list shows them
 *   npm run bench:client -- --clients kafkajs,rdkafka    beside those alone; kafkajs, platformatic, rdkafka, confluent
 *   npm run bench:client -- --bootstrap 127.0.0.1:9092   with a broker that listens there, in place of memkafka
 *   npm run bench:client -- --rounds 5                   other than 7
 *   npm run bench:client -- memory --records 1000000     what the client has in memory while so many are produced and consumed
 *   npm run bench:client -- --proxy                      what each client keeps when memkafka's proxy stands before the broker
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
import { buildOf } from '../build.ts'
import { checkBeginnings, fail, namesIn, UsageError, wholeNumber } from '../command-line.ts'
import { Worker } from '../worker.ts'
import { Broker, PARTITIONS } from './broker.ts'
import { Client, type ClientKind, type ClientName, clientKinds } from './clients.ts'
import { type Kept, measure, measureKept, type Result } from './measure.ts'
import { type Row, rows } from './rows.ts'
import { keptSummary, printHead, printKept, printKeptHead, printMemory, printRow, summary } from './table.ts'

const house = join(import.meta.dirname, '../..')
const MEMORY = 'memory'
const ROUNDS = 7
const ENDURED_RECORDS = 10_000_000
const ENDURED_BYTES = 100

interface Wanted {
  readonly rows: readonly Row[]
  readonly memory: boolean
  readonly proxy: boolean
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
      proxy: { type: 'boolean', default: false },
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
  const chosen = rows.filter(({ name }) => isWanted(name))
  if (values.proxy && chosen.length === 0) throw new UsageError('--proxy: what is in memory is measured without one')
  const records = wholeNumber('--records', values.records, 1e9) ?? ENDURED_RECORDS
  if (records % 10 !== 0) throw new UsageError(`--records must be a multiple of 10, and not ${records}`)
  return {
    rows: chosen,
    memory: !values.proxy && isWanted(MEMORY),
    proxy: values.proxy,
    kinds: clientKinds.filter(({ name }) => name === 'memkafka' || clients.includes(name)),
    rounds: wholeNumber('--rounds', values.rounds, 10_000) ?? ROUNDS,
    records,
    bootstrap: values.bootstrap,
    port: wholeNumber('--port', values.port, 65_535),
    json: values.json,
    list: values.list,
  }
}

async function run({ rows, memory, proxy, kinds, rounds, records, bootstrap, port, json }: Wanted): Promise<void> {
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
    if (proxy) {
      await runThroughAProxy(rows, clients, broker, { rounds, json, notRun })
      return
    }
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
      printNotRun(notRun)
    }
  } finally {
    await Promise.allSettled([...clients.values()].map((client) => client.stop()))
    await broker?.stop()
    await guard.end()
  }
}

/** Each client with the broker, and with a proxy in a process of its own before it. */
async function runThroughAProxy(
  rows: readonly Row[],
  clients: ReadonlyMap<ClientName, Client>,
  broker: Broker,
  { rounds, json, notRun }: { readonly rounds: number; readonly json: boolean; readonly notRun: readonly string[] },
): Promise<void> {
  // One that was just started listens when it has made a topic.
  await broker.deleteTopic(await broker.createTopic())
  const proxy = await Worker.start('proxy', [buildOf(house).entry, broker.address])
  try {
    const places = {
      broker,
      proxy: await proxy.ask<string>('address'),
      producer: clients.get('memkafka') as Client,
    }
    if (!json) printKeptHead(broker.title)
    const all: Kept[] = []
    for (const row of rows) {
      for (const [name, client] of clients) {
        if (!row.clients.includes(name)) continue
        const kept = await measureKept(row, [name, client], places, rounds)
        all.push(kept)
        if (!json) printKept(kept)
      }
    }
    if (json) console.log(JSON.stringify({ ...keptSummary(all), notRun }, undefined, 2))
    else printNotRun(notRun)
  } finally {
    await proxy.stop()
  }
}

function printNotRun(notRun: readonly string[]): void {
  for (const line of notRun) console.log(`\nnot run: ${line}`)
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
