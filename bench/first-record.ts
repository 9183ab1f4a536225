/**
 * How long it takes from nothing to the first acknowledged record: of a process (`memkafka`, with Node's own start measured
 * beside it), and of a cluster in a process that is warm. Prints medians; the figures depend on the machine and its load, so
 * compare runs side by side.
 *
 *   npm run build && node bench/first-record.ts [runs]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { KafkaCluster } from '../src/index.ts'
import { ErrorCode } from '../src/protocol/errors.ts'
import { Metadata } from '../src/protocol/messages/metadata.ts'
import { Produce } from '../src/protocol/messages/produce.ts'
import { buildBatch } from '../src/protocol/records/batch-builder.ts'
import { WireClient } from '../test/wire-client.ts'

const runs = Number(process.argv[2] ?? 20)
const binary = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

/** Produces one record with acks=all to a topic that is made for it. */
async function produceOne(bootstrapServer: string): Promise<void> {
  const client = await WireClient.to(bootstrapServer)
  await client.send(Metadata, 9, { topics: [{ name: 'first' }], allowAutoTopicCreation: true })
  const { responses } = await client.send(Produce, 9, {
    acks: -1,
    timeoutMs: 1000,
    topicData: [
      {
        name: 'first',
        partitionData: [{ index: 0, records: [buildBatch([{ value: Buffer.from('1'), timestamp: Date.now() }])] }],
      },
    ],
  })
  const errorCode = responses[0]?.partitionResponses[0]?.errorCode
  if (errorCode !== ErrorCode.NONE) throw new Error(`the record was refused with error code ${errorCode}`)
  client.close()
}

async function processToFirstRecord(): Promise<number> {
  const begun = performance.now()
  const child = spawn(process.execPath, [binary, '--port', '0', '--json', '--quiet'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const { bootstrapServers } = JSON.parse(line) as { bootstrapServers: string[] }
  await produceOne(bootstrapServers[0] as string)
  const took = performance.now() - begun
  child.kill('SIGTERM')
  await once(child, 'exit')
  return took
}

async function nodeAlone(): Promise<number> {
  const begun = performance.now()
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit')
  return performance.now() - begun
}

async function clusterToFirstRecord(): Promise<number> {
  const begun = performance.now()
  const cluster = await KafkaCluster.start()
  await produceOne(cluster.bootstrapServers[0] as string)
  const took = performance.now() - begun
  await cluster.stop()
  return took
}

async function median(measure: () => Promise<number>, warmUps: number): Promise<number> {
  const times: number[] = []
  for (let run = -warmUps; run < runs; run++) {
    const took = await measure()
    if (run >= 0) times.push(took)
  }
  return times.sort((a, b) => a - b)[Math.floor(runs / 2)] as number
}

const rows: [string, number][] = [
  ["Node's own start and end", await median(nodeAlone, 1)],
  ['process launch to the first acknowledged record', await median(processToFirstRecord, 1)],
  ['KafkaCluster.start() to the first acknowledged record, warm', await median(clusterToFirstRecord, 20)],
]
for (const [name, ms] of rows) console.log(`${name.padEnd(62)} ${ms.toFixed(1).padStart(7)} ms`)
