import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  newAsyncProducer,
  newConfig,
  newManualPartitioner,
  type ProducerErrors,
  type ProducerMessage,
  WaitForAll,
} from '../../../src/client/index.ts'
import { ErrorCode, KafkaCluster } from '../../../src/index.ts'
import { Produce, respond } from '../../../src/testing/index.ts'
import { cuts, settled, valuesOf } from './settled.ts'

const PARTITIONS = 2

/** What happens while messages go in. */
type Step =
  | { readonly kind: 'send'; readonly partition: number; readonly count: number }
  | { readonly kind: 'elect'; readonly partition: number; readonly choice: number }
  | { readonly kind: 'kill'; readonly node: number }
  | { readonly kind: 'start' }
  | { readonly kind: 'refuse'; readonly code: number; readonly times: number }
  | { readonly kind: 'cut' }
  | { readonly kind: 'delay'; readonly node: number; readonly ms: number }
  | { readonly kind: 'wait'; readonly ms: number }

const partition = fc.nat({ max: PARTITIONS - 1 })
const retriable = fc.constantFrom(
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.NOT_ENOUGH_REPLICAS,
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.REQUEST_TIMED_OUT,
  ErrorCode.LEADER_NOT_AVAILABLE,
)
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('send'), partition, count: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('elect'), partition, choice: fc.nat({ max: 2 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill'), node: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('start') }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('refuse'), code: retriable, times: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cut') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('delay'),
      node: fc.integer({ min: 1, max: 3 }),
      ms: fc.constantFrom(0, 5, 50, 200),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('wait'), ms: fc.constantFrom(0, 0, 0, 1, 10, 100, 500) }) },
) satisfies fc.Arbitrary<Step>

interface Producing {
  readonly idempotent: boolean
  readonly maxRetries: number
  readonly maxBytes: number
  readonly linger: number
}

interface Outcome {
  readonly sent: ProducerMessage[]
  readonly succeeded: ProducerMessage[]
  readonly failed: ProducerMessage[]
  /** The values of each partition's log. */
  readonly logs: string[][]
}

/** Plays the steps, lets everything heal, and closes the producer. */
async function play(steps: readonly Step[], producing: Producing): Promise<Outcome> {
  const topics = { orders: { partitions: PARTITIONS, replicationFactor: 3, configs: { 'min.insync.replicas': '2' } } }
  await using cluster = await KafkaCluster.start({ clock: 'virtual', brokers: 3, topics })
  const config = newConfig(cluster.clientConfig())
  config.producer.return.successes = true
  config.producer.requiredAcks = WaitForAll
  config.producer.partitioner = newManualPartitioner
  config.producer.idempotent = producing.idempotent
  config.producer.retry.max = producing.maxRetries
  config.producer.maxMessageBytes = producing.maxBytes
  config.producer.flush.frequency = producing.linger
  config.producer.timeout = 2000
  config.net.readTimeout = 3000
  config.channelBufferSize = 100_000
  const cut = cuts(config)
  const producer = await newAsyncProducer(cluster.bootstrapServers, config)
  const sent: ProducerMessage[] = []
  let refusal = { code: 0, times: 0 }
  cluster.use(
    respond(Produce, ({ request }) => {
      if (refusal.times === 0) return undefined
      refusal = { ...refusal, times: refusal.times - 1 }
      return {
        responses: request.topicData.map(({ name, topicId, partitionData }) => ({
          name,
          topicId,
          partitionResponses: partitionData.map(({ index }) => ({ index, errorCode: refusal.code, baseOffset: -1 })),
        })),
      }
    }),
  )
  for (const action of steps) {
    switch (action.kind) {
      case 'send':
        for (let i = 0; i < action.count; i++) {
          const message = { topic: 'orders', partition: action.partition, value: `${sent.length}` }
          sent.push(message)
          await producer.input.send(message)
        }
        break
      case 'elect': {
        const handle = cluster.partition('orders', action.partition)
        const choice = handle.isr[action.choice % handle.isr.length]
        if (choice !== undefined && choice !== handle.leader) handle.elect(cluster.broker(choice))
        break
      }
      case 'kill':
        // One at a time: what is acknowledged is on one of the others.
        if (cluster.brokers.every(({ isRunning }) => isRunning) && isInSync(cluster)) {
          await cluster.broker(action.node).kill()
        }
        break
      case 'start':
        for (const broker of cluster.brokers) if (!broker.isRunning) await broker.start()
        break
      case 'refuse':
        refusal = action
        break
      case 'cut':
        cut.next()
        break
      case 'delay':
        // Acknowledgements wait for followers, so that several batches are under way.
        for (const other of cluster.brokers) {
          if (other.nodeId !== action.node) {
            cluster.network.link(cluster.broker(action.node), other).set({ delay: action.ms })
          }
        }
        break
      case 'wait':
        await cluster.clock.advance(action.ms)
    }
  }
  for (const broker of cluster.brokers) if (!broker.isRunning) await broker.start()
  cluster.network.heal()
  await settled(
    cluster,
    producer.close().catch(() => {}),
  )
  const succeeded: ProducerMessage[] = []
  for await (const message of producer.successes) succeeded.push(message)
  const succeededSet = new Set(succeeded)
  const logs = Array.from({ length: PARTITIONS }, (_, index) => valuesOf(cluster, 'orders', index))
  return { sent, succeeded, failed: sent.filter((message) => !succeededSet.has(message)), logs }
}

function isInSync(cluster: KafkaCluster): boolean {
  return Array.from({ length: PARTITIONS }, (_, index) => cluster.partition('orders', index).isr.length === 3).every(
    (inSync) => inSync,
  )
}

/** Of each partition, the log without what was not acknowledged; of what stands there twice the first. */
function acknowledgedOrder({ logs, succeeded }: Outcome): number[][] {
  const acknowledged = new Set(succeeded.map(({ value }) => value))
  return logs.map((log) => [...new Set(log)].filter((value) => acknowledged.has(value)).map(Number))
}

const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b)

const producings = fc.record({
  maxRetries: fc.constantFrom(1, 3, 100),
  maxBytes: fc.constantFrom(150, 300, 10_000),
  linger: fc.constantFrom(0, 20),
})

describe('under any schedule of faults that pass', () => {
  test.each([false, true])('nothing acknowledged is lost or out of order (idempotent: %s)', async (idempotent) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), producings, async (steps, producing) => {
        const outcome = await play(steps, { ...producing, idempotent })
        const { sent, succeeded, logs } = outcome
        expect(new Set(succeeded).size).toBe(succeeded.length)
        const order = acknowledgedOrder(outcome)
        expect(order).toEqual(order.map(ascending))
        expect(order.flat().length).toBe(succeeded.length)
        for (const { partition = 0, offset = -1, value } of succeeded) {
          if (offset >= 0) expect(logs[partition]?.[offset]).toBe(value)
        }
        if (!idempotent) return
        for (const log of logs) expect(new Set(log).size).toBe(log.length)
        if (producing.maxRetries === 100) expect(succeeded.length).toBe(sent.length)
      }),
      { numRuns: 60 },
    )
  })

  test('every message comes out once, of one channel or the other or by close', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30, size: 'max' }),
        producings,
        fc.boolean(),
        async (steps, producing, idempotent) => {
          const topics = { orders: { partitions: PARTITIONS, replicationFactor: 3 } }
          await using cluster = await KafkaCluster.start({ clock: 'virtual', brokers: 3, topics })
          const config = newConfig(cluster.clientConfig())
          Object.assign(config.producer, { requiredAcks: WaitForAll, partitioner: newManualPartitioner, idempotent })
          config.producer.return.successes = true
          config.producer.retry.max = producing.maxRetries
          config.producer.maxMessageBytes = producing.maxBytes
          const cut = cuts(config)
          const producer = await newAsyncProducer(cluster.bootstrapServers, config)
          const out: ProducerMessage[] = []
          const reading = Promise.all([
            (async () => {
              for await (const message of producer.successes) out.push(message)
            })(),
            (async () => {
              for await (const { msg } of producer.errors) out.push(msg)
            })(),
          ])
          const into: ProducerMessage[] = []
          for (const action of steps) {
            if (action.kind === 'send') {
              for (let i = 0; i < action.count; i++) {
                const { partition } = action
                const message = { topic: i === 4 ? 'no topic!' : 'orders', partition, value: Buffer.alloc(40 * i) }
                into.push(message)
                await producer.input.send(message)
              }
            } else if (action.kind === 'cut') cut.next()
            else if (action.kind === 'kill') await cluster.broker(action.node).kill()
            else if (action.kind === 'start') for (const broker of cluster.brokers) await broker.start()
            else if (action.kind === 'wait') await cluster.clock.advance(action.ms)
            else if (action.kind === 'refuse') {
              // Any error at all, one that does not pass among them.
              const code = [ErrorCode.INVALID_RECORD, ErrorCode.MESSAGE_TOO_LARGE, action.code][action.times - 1]
              const errorCode = code ?? ErrorCode.UNKNOWN_SERVER_ERROR
              const answer = respond(
                Produce,
                ({ request }) => ({
                  responses: request.topicData.map(({ name, topicId, partitionData }) => ({
                    name,
                    topicId,
                    partitionResponses: partitionData.map(({ index }) => ({ index, errorCode })),
                  })),
                }),
                { once: true },
              )
              cluster.use(answer)
            }
          }
          await settled(
            cluster,
            producer.close().catch(({ errors }: ProducerErrors) => out.push(...errors.map(({ msg }) => msg))),
          )
          await reading
          expect(out.length).toBe(into.length)
          expect(new Set(out)).toEqual(new Set(into))
        },
      ),
      { numRuns: 40 },
    )
  })
})
