import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ConsumerMessage } from '../../../src/client/index.ts'
import { ErrorCode, type ErrorName, KafkaCluster } from '../../../src/index.ts'
import type { CompressionType } from '../../../src/protocol/records/batch-layout.ts'
import { Fetch, respond } from '../../../src/testing/index.ts'
import { consumerOf, produce, values } from './support.ts'

/** What happens to the partition and its reader. */
type Step =
  | { readonly do: 'produce'; readonly count: number; readonly codec: CompressionType }
  | { readonly do: 'read'; readonly count: number }
  | { readonly do: 'pause' | 'resume' | 'elect' | 'restart' | 'damage' }
  | { readonly do: 'refuse'; readonly error: ErrorName; readonly whole: boolean }
  | { readonly do: 'wait'; readonly ms: number }

const codecs: readonly CompressionType[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
const refusals: readonly ErrorName[] = [
  'NOT_LEADER_OR_FOLLOWER',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'OFFSET_NOT_AVAILABLE',
  'TOPIC_AUTHORIZATION_FAILED',
  'UNKNOWN_SERVER_ERROR',
  'FETCH_SESSION_ID_NOT_FOUND',
  'INVALID_FETCH_SESSION_EPOCH',
]

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('produce' as const),
      count: fc.integer({ min: 1, max: 40 }),
      codec: fc.constantFrom(...codecs),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('read' as const), count: fc.nat(30) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('pause', 'resume', 'elect', 'restart', 'damage'),
    }) as fc.Arbitrary<Step>,
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('refuse' as const),
      error: fc.constantFrom(...refusals),
      whole: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(3000) }) },
)

/** A cluster with one partition on three brokers, where acknowledged records are never lost. */
function start(version: string | undefined): Promise<KafkaCluster> {
  return KafkaCluster.start({
    clock: 'virtual',
    brokers: 3,
    topics: { orders: { replicationFactor: 3, configs: { 'min.insync.replicas': '1' } } },
    ...(version === undefined ? {} : { version }),
  })
}

async function disturb(cluster: KafkaCluster, what: Step): Promise<void> {
  const partition = cluster.partition('orders', 0)
  const topicId = cluster.topic('orders').id as string
  if (what.do === 'elect') {
    const next = partition.isr.find((id) => id !== partition.leader)
    if (next !== undefined) partition.elect(cluster.broker(next))
  } else if (what.do === 'restart') {
    const leader = cluster.broker(partition.leader)
    await leader.stop()
    await cluster.clock.runUntil(() => partition.leader !== undefined && partition.leader !== leader.nodeId)
    await leader.start()
  } else if (what.do === 'damage') {
    const bytes = Buffer.concat(partition.log(cluster.broker(partition.leader))?.batches ?? [])
    if (bytes.length === 0) return
    const last = bytes.length - 1
    bytes.writeUInt8(bytes.readUInt8(last) ^ 0x10, last)
    // The first fetch for all of the partition gets it so; what the log has is whole.
    cluster.use(
      respond(
        Fetch,
        ({ version }) => {
          const partitions = [{ partitionIndex: 0, highWatermark: partition.highWatermark, records: [bytes] }]
          return { responses: [{ ...(version >= 13 ? { topicId } : { topic: 'orders' }), partitions }] }
        },
        { once: true, when: { body: ({ sessionEpoch, topics }) => sessionEpoch <= 0 && topics.length > 0 } },
      ),
    )
  } else if (what.do === 'refuse') {
    const errorCode = ErrorCode[what.error]
    const partitions = [{ partitionIndex: 0, errorCode, highWatermark: -1, records: [] }]
    cluster.use(
      respond(
        Fetch,
        ({ request: { sessionId }, version }) => {
          if (what.whole) return { errorCode }
          return { sessionId, responses: [{ ...(version >= 13 ? { topicId } : { topic: 'orders' }), partitions }] }
        },
        { once: true },
      ),
    )
  }
}

test('every record from the start on is read once and in order, whatever happens', async () => {
  const plan = fc.record({
    before: fc.nat(60),
    start: fc.double({ min: 0, max: 1, noNaN: true }),
    size: fc.constantFrom(200, 2000, 1_000_000),
    version: fc.constantFrom(undefined, '0.11.0.2', '2.4.1', '3.9.0'),
    steps: fc.array(step, { maxLength: 20 }),
  })
  type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never
  const run = async ({ before, start: part, size, version, steps }: Plan) => {
    await using cluster = await start(version === undefined ? undefined : '3.9')
    let written = 0
    const write = async (count: number, compression: CompressionType): Promise<void> => {
      await produce(cluster, 'orders', values(written, written + count), { compression })
      written += count
    }
    if (before > 0) await write(before, 'none')
    await using consumer = await consumerOf(cluster, {
      ...(version === undefined ? {} : { version }),
      consumer: { fetch: { default: size } },
    })
    const from = Math.floor(part * before)
    const reader = await consumer.consumePartition('orders', 0, from)
    const messages: ConsumerMessage[] = []
    const read = async (count: number): Promise<void> => {
      const wanted = messages.length + Math.min(count, written - from - messages.length)
      const before = cluster.clock.now()
      const reading = (async () => {
        while (messages.length < wanted) messages.push((await reader.messages.receive()) as ConsumerMessage)
      })()
      reading.catch(() => {})
      // Long after every back-off.
      await cluster.clock.runUntil(() => messages.length >= wanted || cluster.clock.now() > before + 120_000)
      expect(messages.length).toBe(wanted)
    }
    for (const what of steps) {
      if (what.do === 'produce') await write(what.count, what.codec)
      else if (what.do === 'read' && !reader.isPaused()) await read(what.count)
      else if (what.do === 'pause') reader.pause()
      else if (what.do === 'resume') reader.resume()
      else if (what.do === 'wait') await cluster.clock.advance(what.ms)
      else await disturb(cluster, what)
    }
    reader.resume()
    await read(Number.POSITIVE_INFINITY)
    expect(messages.map(({ offset, value }) => `${offset}:${value}`)).toEqual(
      values(from, written).map((value, i) => `${from + i}:${value}`),
    )
    await cluster.clock.advance(3000)
    expect(reader.messages.length).toBe(0)
  }
  // A full fetch, after a refusal as a whole, that is answered with the id of the session that it ends.
  const answeredWithTheOldSession: Plan = {
    before: 0,
    start: 0,
    size: 200,
    version: undefined,
    steps: [
      { do: 'produce', count: 1, codec: 'none' },
      { do: 'pause' },
      { do: 'wait', ms: 0 },
      { do: 'refuse', error: 'NOT_LEADER_OR_FOLLOWER', whole: false },
      { do: 'produce', count: 6, codec: 'snappy' },
      { do: 'refuse', error: 'NOT_LEADER_OR_FOLLOWER', whole: true },
    ],
  }
  await fc.assert(fc.asyncProperty(plan, run), { numRuns: 40, examples: [[answeredWithTheOldSession]] })
})
