import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { ErrorCode } from '../src/protocol/errors.ts'
import { Metadata } from '../src/protocol/messages/metadata.ts'
import { Produce } from '../src/protocol/messages/produce.ts'
import { buildBatch } from '../src/protocol/records/batch-builder.ts'
import { WireClient } from '../test/wire-client.ts'
import type { Build } from './build.ts'

/** Produces one record with acks=all to a topic that is made for it. */
export async function produceFirst(bootstrapServer: string): Promise<void> {
  const client = await WireClient.to(bootstrapServer)
  await client.send(Metadata, 9, { topics: [{ name: 'first' }], allowAutoTopicCreation: true })
  const records = [buildBatch([{ value: Buffer.from('1'), timestamp: Date.now() }])]
  const { responses } = await client.send(Produce, 9, {
    acks: -1,
    timeoutMs: 1000,
    topicData: [{ name: 'first', partitionData: [{ index: 0, records }] }],
  })
  const errorCode = responses[0]?.partitionResponses[0]?.errorCode
  if (errorCode !== ErrorCode.NONE) throw new Error(`the record was refused with error code ${errorCode}`)
  client.close()
}

/** Milliseconds from the launch of `memkafka` to the first acknowledged record. */
export async function launchToFirstRecord({ cli }: Build): Promise<number> {
  const begun = performance.now()
  const child = spawn(process.execPath, [...process.execArgv, cli, '--port', '0', '--json', '--quiet'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const { bootstrapServers } = JSON.parse(line) as { bootstrapServers: string[] }
  await produceFirst(bootstrapServers[0] as string)
  const took = performance.now() - begun
  child.kill('SIGTERM')
  await once(child, 'exit')
  return took
}

/** Milliseconds that Node takes to start and to end with nothing to do. */
export async function nodeAlone(): Promise<number> {
  const begun = performance.now()
  await once(spawn(process.execPath, [...process.execArgv, '-e', '0'], { stdio: 'ignore' }), 'exit')
  return performance.now() - begun
}
