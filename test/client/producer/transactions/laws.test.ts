import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  newAsyncProducer,
  newConfig,
  newManualPartitioner,
  ProducerTxnFlagAbortableError,
  ProducerTxnFlagFatalError,
  WaitForAll,
} from '../../../../src/client/index.ts'
import type { KafkaCluster } from '../../../../src/index.ts'
import { ErrorCode } from '../../../../src/protocol/errors.ts'
import { Produce, respond } from '../../../../src/testing/index.ts'
import { cuts } from '../settled.ts'
import { committed, settled, startCluster } from './rig.ts'

const PARTITIONS = 3

/** What happens to the cluster while transactions come and go. */
type Fault =
  | { readonly kind: 'cut' }
  | { readonly kind: 'elect'; readonly partition: number; readonly choice: number }
  | { readonly kind: 'move'; readonly node: number }
  | { readonly kind: 'kill'; readonly node: number }
  | { readonly kind: 'start' }
  | { readonly kind: 'hold'; readonly ms: number }
  | { readonly kind: 'refuse'; readonly times: number }

interface Transaction {
  readonly commit: boolean
  readonly steps: readonly (Fault | { readonly kind: 'send'; readonly partition: number })[]
}

const partition = fc.nat({ max: PARTITIONS - 1 })
const node = fc.integer({ min: 1, max: 3 })
const fault = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('cut') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('elect'), partition, choice: fc.nat({ max: 2 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('move'), node }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill'), node }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('start') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('hold'), ms: fc.constantFrom(10, 200, 1_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('refuse'), times: fc.integer({ min: 1, max: 4 }) }) },
) satisfies fc.Arbitrary<Fault>
const transactions: fc.Arbitrary<Transaction[]> = fc.array(
  fc.record({
    commit: fc.boolean(),
    steps: fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.record({ kind: fc.constant('send'), partition }) },
        { weight: 1, arbitrary: fault },
      ),
      { maxLength: 8 },
    ),
  }),
  { maxLength: 8 },
)

function refuseProduce(cluster: KafkaCluster, times: number): void {
  let left = times
  cluster.use(
    respond(Produce, ({ request: { topicData } }) => {
      if (left-- <= 0) return undefined
      const partitionResponses = (data: (typeof topicData)[0]) =>
        data.partitionData.map(({ index }) => ({ index, errorCode: ErrorCode.NOT_ENOUGH_REPLICAS, baseOffset: -1 }))
      return { responses: topicData.map((data) => ({ ...data, partitionResponses: partitionResponses(data) })) }
    }),
  )
}

async function befalls(cluster: KafkaCluster, fault: Fault, cut: () => void): Promise<void> {
  switch (fault.kind) {
    case 'cut':
      return cut()
    case 'elect': {
      const handle = cluster.partition('bills', fault.partition)
      const choice = handle.isr[fault.choice % handle.isr.length]
      if (choice !== undefined && choice !== handle.leader) handle.elect(cluster.broker(choice))
      return
    }
    case 'move':
      if (cluster.broker(fault.node).isRunning)
        cluster.transaction('billing-1').moveCoordinator(cluster.broker(fault.node))
      return
    case 'kill': {
      const inSync = ['bills', '__transaction_state'].every((topic) => {
        return cluster.topic(topic).partitions.every(({ isr, replicas }) => isr.length === replicas.length)
      })
      if (inSync && cluster.brokers.every(({ isRunning }) => isRunning)) await cluster.broker(fault.node).kill()
      return
    }
    case 'start':
      for (const broker of cluster.brokers) if (!broker.isRunning) await broker.start()
      return
    case 'hold': {
      const { coordinator } = cluster.transaction('billing-1')
      if (coordinator === undefined) return
      cluster.clock.setTimer(fault.ms, cluster.broker(coordinator).holdTransactionMarkers())
      return
    }
    case 'refuse':
      refuseProduce(cluster, fault.times)
  }
}

/** Runs the transactions, and says what readers of committed messages must find in each partition. */
async function play(
  cluster: KafkaCluster,
  program: readonly Transaction[],
  version: string,
  maxRetries: number,
): Promise<string[][]> {
  const config = newConfig({
    ...cluster.clientConfig(),
    version,
    producer: {
      partitioner: newManualPartitioner,
      requiredAcks: WaitForAll,
      idempotent: true,
      transaction: { id: 'billing-1', timeout: 600_000 },
      return: { successes: false, errors: true },
      retry: { max: maxRetries },
    },
    channelBufferSize: 10_000,
  })
  config.net.maxOpenRequests = 1
  const cut = cuts(config)
  const producer = await settled(cluster, newAsyncProducer(cluster.bootstrapServers, config))
  const expected: string[][] = Array.from({ length: PARTITIONS }, () => [])
  let value = 0
  for (const { commit, steps } of program) {
    const sent: [number, string][] = []
    await producer.beginTxn()
    for (const step of steps) {
      if (step.kind !== 'send') await befalls(cluster, step, cut.next)
      else {
        const message = { topic: 'bills', partition: step.partition, value: `${value++}` }
        await settled(cluster, producer.input.send(message))
        sent.push([step.partition, message.value])
      }
    }
    if (commit && (await ends(cluster, () => producer.commitTxn()))) {
      for (const [index, text] of sent) expected[index]?.push(text)
    } else if (!commit || (producer.txnStatus & ProducerTxnFlagAbortableError) !== 0) {
      expect(await ends(cluster, () => producer.abortTxn())).toBe(true)
    }
    expect(producer.txnStatus & ProducerTxnFlagFatalError).toBe(0)
  }
  // Errors were given up with their transactions.
  await settled(
    cluster,
    producer.close().catch(() => {}),
  )
  return expected

  /** Asks for an end until there is one, as those must whose call fails without an error in `txnStatus`. */
  async function ends(cluster: KafkaCluster, end: () => Promise<void>): Promise<boolean> {
    for (let i = 0; i < 5; i++) {
      try {
        await settled(cluster, end())
        return true
      } catch {
        if ((producer.txnStatus & (ProducerTxnFlagAbortableError | ProducerTxnFlagFatalError)) !== 0) return false
        await befalls(cluster, { kind: 'start' }, () => {})
      }
    }
    return expect.unreachable('whatever fails here passes')
  }
}

test.each([
  ['transactions v1', '3.9.0'],
  ['transactions v2', '4.4.0'],
])(
  'under any schedule of faults what is committed is read, once, in its order, and nothing else: %s',
  async (_, version) => {
    await fc.assert(
      fc.asyncProperty(transactions, fc.constantFrom(1, 2, 50), async (program, maxRetries) => {
        const topics = { bills: { partitions: PARTITIONS, replicationFactor: 3 } }
        await using cluster = await startCluster({ brokers: 3, topics })
        const expected = await play(cluster, program, version, maxRetries)
        for (const broker of cluster.brokers) if (!broker.isRunning) await broker.start()
        await cluster.clock.advance(5_000)
        expect(Array.from({ length: PARTITIONS }, (_, index) => committed(cluster, index))).toEqual(expected)
      }),
      { numRuns: 60 },
    )
  },
  60_000,
)
