import { randomUUID } from 'node:crypto'
import { beforeAll, describe, onTestFailed, test } from 'vitest'
import type { Client, Codec, OutgoingRecord } from './client.ts'
import { cannotStart, type RunningCluster, startCluster } from './cluster.ts'
import { Journal } from './journal.ts'
import { kafkaNodeWith } from './kafka-node.ts'
import { kafkaJs } from './kafkajs.ts'
import { librdkafka } from './librdkafka.ts'
import { platformatic } from './platformatic.ts'
import { expectExactlyOnce, RECORDS_PER_CODEC, record } from './records.ts'
import { join, start } from './sessions.ts'

const PARTITIONS = 2
const codecs: readonly Codec[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
/** Batches with their bytes as they came, and converted down to message sets for kafka-node. */
const clients = [kafkaJs, platformatic, librdkafka, kafkaNodeWith('v1'), kafkaNodeWith('v0')]

describe('clients of every age on one topic', () => {
  const impossible = cannotStart(1)
  const able: Client[] = []
  // It is not stopped: librdkafka stays connected, and would log its attempts to find the broker again.
  let cluster: RunningCluster | undefined

  beforeAll(async () => {
    if (impossible) return
    cluster = await startCluster(1)
    for (const client of clients) {
      const reason = await client.unavailable?.(cluster.bootstrapServers)
      if (reason) console.info(`left out: ${client.name}: ${reason}`)
      else able.push(client)
    }
  })

  test.for(codecs)('read what each of them wrote with %s', { timeout: 120_000 }, async (codec, { skip }) => {
    if (impossible) console.info(`skipped: ${impossible}`)
    if (impossible || !cluster) return skip(impossible)
    const knowing = able.filter((client) => client.codecs.includes(codec))
    await writeAndReadTogether(cluster, knowing, codec)
  })
})

async function writeAndReadTogether(cluster: RunningCluster, together: readonly Client[], codec: Codec): Promise<void> {
  const topic = `${codec}-${randomUUID()}`
  const sent = new Map<string, OutgoingRecord>()
  const sessions = await Promise.all(
    together.map(async (client) => ({ client, session: await start(client, cluster) })),
  )
  await sessions[0]?.session.createTopic(topic, PARTITIONS, 1)
  await cluster.knows(topic)

  for (const { client, session } of sessions) {
    const records = Array.from({ length: RECORDS_PER_CODEC }, (_, index) => record(`${client.name} ${index}`, index))
    await session.produce(topic, codec, records)
    for (const each of records) sent.set(each.key, client.headers ? each : { ...each, headers: {} })
  }

  await Promise.all(
    sessions.map(async ({ client, session }) => {
      const journal = new Journal()
      onTestFailed(() => console.error(`${client.name}: ${journal.describe()}`))
      await join(session, `${topic}-${client.name.replaceAll(/[^\w]/g, '-')}`, topic, journal.of('reader'))
      await journal.until('every record to be read', () => journal.records.length >= sent.size)
      expectExactlyOnce(journal.records, sent, client)
    }),
  )
}
