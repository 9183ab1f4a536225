/**
 * memkafka beside real Kafka and franz-go's kfake, each in a process of its own, under the same clients, in turn.
 *
 *   npm run build && npm run bench:peers            everything that the machine has the tools for; dist/ is measured
 *   npm run bench:peers -- throughput topics        the rows whose names begin so; --list shows them
 *   npm run bench:peers -- --peers kfake            beside that one alone; kafka, kfake
 *   npm run bench:peers -- --rounds 5               other than the number of each row
 *   npm run bench:peers -- --port 21000             the first of the ports that brokers listen on; free ones otherwise
 *   npm run bench:peers -- --json                   for programs, with every round's value
 *
 * Kafka takes Java and Maven; kfake, and the client kgo, take Go. A peer whose tools are missing is told as not run.
 */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Guard } from '../../conformance/guard.ts'
import { portsFrom } from '../../conformance/kafka/ports.ts'
import { checkBeginnings, fail, namesIn, wholeNumber } from '../command-line.ts'
import { type BrokerKind, brokerKinds } from './brokers.ts'
import { clientKinds } from './clients.ts'
import { type Result, SideBySide } from './measure.ts'
import { type Row, rows } from './rows.ts'
import { printHead, printRow, summary } from './table.ts'

/** Kafka's node is a controller too, which has a port of its own. */
const PORTS_EACH = 2
const PORTS = brokerKinds.length * PORTS_EACH

interface Wanted {
  readonly rows: readonly Row[]
  readonly kinds: readonly BrokerKind[]
  readonly rounds: number | undefined
  readonly port: number | undefined
  readonly json: boolean
  readonly list: boolean
}

function wanted(): Wanted {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      peers: { type: 'string', default: 'kafka,kfake' },
      rounds: { type: 'string' },
      port: { type: 'string' },
      json: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  })
  checkBeginnings(
    positionals,
    rows.map(({ name }) => name),
  )
  const others = brokerKinds.slice(1).map(({ name }) => name as string)
  const peers = namesIn(values.peers, 'peer', others)
  return {
    rows: rows.filter(({ name }) => positionals.length === 0 || positionals.some((start) => name.startsWith(start))),
    kinds: brokerKinds.filter(({ name }) => name === 'memkafka' || peers.includes(name)),
    rounds: wholeNumber('--rounds', values.rounds, 10_000),
    port: wholeNumber('--port', values.port, 65_535 - PORTS),
    json: values.json,
    list: values.list,
  }
}

async function run({ rows, kinds, rounds, port, json }: Wanted): Promise<void> {
  // It ends every process that is started here when this one ends, in whichever way.
  const guard = new Guard(await mkdtemp(join(tmpdir(), 'memkafka-peers-')))
  const side = new SideBySide(guard)
  const notRun: string[] = []
  try {
    const ports = await portsFrom(port, PORTS)
    for (const kind of kinds) {
      const lacking = await kind.lacking()
      if (lacking === undefined) await side.add(kind, ports[brokerKinds.indexOf(kind) * PORTS_EACH] as number)
      else notRun.push(`${kind.title}: ${lacking}`)
    }
    for (const kind of clientKinds) {
      if (!rows.some(({ client }) => client === kind.name)) continue
      const lacking = await kind.lacking()
      if (lacking === undefined) await side.addClient(kind)
      else notRun.push(`the client ${kind.name}: ${lacking}`)
    }
    if (!json) printHead(kinds)
    const results: Result[] = []
    for (const row of rows) {
      const measured = await side.measure(row, rounds ?? row.rounds)
      results.push(...measured)
      if (!json) for (const result of measured) printRow(result, kinds)
    }
    if (json) console.log(JSON.stringify({ ...summary(results), notRun }, undefined, 2))
    else for (const line of notRun) console.log(`\nnot run: ${line}`)
  } finally {
    await side.close()
    await guard.end()
  }
}

try {
  const asked = wanted()
  if (asked.list) for (const { name } of rows) console.log(name)
  else await run(asked)
} catch (error) {
  fail('bench:peers', error)
}
