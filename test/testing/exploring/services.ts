import type { ConsumerGroupClaim, ConsumerGroupSession } from '../../../src/client/index.ts'
import { newConfig, newConsumer, newConsumerGroup, newSyncProducer } from '../../../src/client/index.ts'
import type { Run } from '../../../src/testing/exploring/simulate.ts'

const ORDERS = 10

/** Three brokers, and orders that all of them keep. */
export const threeBrokers = {
  brokers: 3,
  topics: { orders: { partitions: 1, replicationFactor: 3, configs: { 'min.insync.replicas': '2' } } },
  config: { 'offsets.topic.num.partitions': '1', 'transaction.state.log.num.partitions': '1' },
}

/** One producer and one consumer of ours, without a bug: what is acknowledged is sent until it is there. */
export async function sendAndRead(run: Run): Promise<void> {
  const { cluster, acknowledged, processed, recovered, until } = run
  const config = newConfig(
    { producer: { return: { successes: true }, requiredAcks: -1 }, consumer: { offsets: { initial: -2 } } },
    cluster.clientConfig(),
  )
  const producer = await untilDone(run, () => newSyncProducer(cluster.bootstrapServers, config))
  const consumer = await untilDone(run, () => newConsumer(cluster.bootstrapServers, config))
  const reader = await untilDone(run, () => consumer.consumePartition('orders', 0, -2))
  const seen = new Set<string>()
  const reading = (async () => {
    for await (const { value } of reader.messages) {
      seen.add(String(value))
      processed(String(value))
    }
  })()
  const sent: string[] = []
  for (let i = 0; i < ORDERS; i++) {
    const value = `order-${i}`
    const isSent = await producer.sendMessage({ topic: 'orders', value }).then(
      () => true,
      () => false,
    )
    if (!isSent) continue
    acknowledged(value)
    sent.push(value)
  }
  await recovered
  await until(() => sent.every((one) => seen.has(one)), 300_000)
  await Promise.all([producer.close(), consumer.close(), reader.close()])
  await reading
}

/** A service comes up sooner or later: whoever deploys it starts it again. */
async function untilDone<T>({ sleep }: Run, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch {
      await sleep(100)
    }
  }
}

/** What a service goes wrong in. */
export interface Planted {
  /** Loses an order whose sending fails, once something has failed that is none of the group's doings, and then the group has rebalanced with it in it. */
  readonly bug: boolean
}

/** Takes orders, sends them until they are there, and reads them in a group. */
export function orderService({ bug }: Planted) {
  return async (run: Run): Promise<void> => {
    const { cluster, acknowledged, processed, recovered, sleep, until } = run
    const config = newConfig(
      {
        producer: { return: { successes: true }, requiredAcks: -1, retry: { max: 0 } },
        consumer: { offsets: { initial: -2, autoCommit: { enable: false } }, return: { errors: true } },
      },
      cluster.clientConfig(),
    )
    const producer = await untilDone(run, () => newSyncProducer(cluster.bootstrapServers, config))
    const group = await untilDone(run, () => newConsumerGroup(cluster.bootstrapServers, 'billing', config))
    const stop = new AbortController()
    const seen = new Set<string>()
    let hasFailed = false
    let memberBefore = ''
    let isForgetful = false
    const watching = (async () => {
      for await (const error of group.errors)
        if (!/rebalanc|member|generation/i.test(`${error} ${error.cause}`)) hasFailed = true
    })()
    const reading = (async () => {
      while (!stop.signal.aborted) {
        const handler = {
          setup: ({ memberId }: ConsumerGroupSession) => {
            if (hasFailed && memberId === memberBefore) isForgetful = true
            memberBefore = memberId
          },
          consumeClaim: async (session: ConsumerGroupSession, claim: ConsumerGroupClaim) => {
            for await (const message of claim.messages) {
              seen.add(String(message.value))
              processed(String(message.value))
              session.markMessage(message)
              await session.commit()
            }
          },
        }
        await group.consume(['orders'], handler, { signal: stop.signal }).catch(() => sleep(250))
      }
    })()
    const send = async (value: string): Promise<void> => {
      for (;;) {
        const isSent = await producer.sendMessage({ topic: 'orders', value }).then(
          () => true,
          () => false,
        )
        if (isSent || (bug && isForgetful)) return
        await sleep(100)
      }
    }
    for (let i = 0; i < ORDERS; i++) {
      acknowledged(`order-${i}`)
      await send(`order-${i}`)
      await sleep(200)
    }
    await recovered
    await until(() => seen.size === ORDERS, 300_000)
    stop.abort()
    await Promise.all([producer.close(), group.close().catch(() => {})])
    await Promise.all([watching, reading])
  }
}

/** Looks at its brokers for a while, and gives up as soon as one of them is not there. */
export async function fragile({ cluster, sleep }: Run): Promise<void> {
  for (let i = 0; i < 20; i++) {
    await sleep(100)
    const gone = cluster.brokers.find(({ isRunning }) => !isRunning)
    if (gone !== undefined) throw new Error(`broker ${gone.nodeId} is gone`)
  }
}
