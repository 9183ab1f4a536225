import { Producer, stringSerializers } from '@platformatic/kafka'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import {
  exploreFaults,
  FaultsFoundError,
  nothingAcknowledgedIsLost,
  type Run,
} from '../../../src/testing/exploring/index.ts'
import { simulated } from '../../../src/testing/exploring/simulate.ts'
import { interceptKafka } from '../../../src/testing/index.ts'
import { threeBrokers } from './services.ts'

// What it loads is loaded before any run: time in a run does not wait for modules.
beforeAll(async () => {
  await using cluster = await KafkaCluster.start()
  const interception = await interceptKafka(cluster, { 'kafka.internal:9092': 1 })
  interception.end()
})

/** A shop with @platformatic/kafka, which believes that each order is kept, or only those of which it was told. */
const shop =
  ({ believes }: { readonly believes: boolean }) =>
  async ({ cluster, acknowledged, sleep }: Run): Promise<void> => {
    await interceptKafka(cluster, { 'kafka.internal:9092': 1, 'kafka.internal:9093': 2, 'kafka.internal:9094': 3 })
    const producer = new Producer({
      clientId: 'shop',
      bootstrapBrokers: ['kafka.internal:9092', 'kafka.internal:9093', 'kafka.internal:9094'],
      serializers: stringSerializers,
      retries: 2,
      retryDelay: 100,
      timeout: 2000,
    })
    for (const value of ['order-1', 'order-2', 'order-3']) {
      const isSent = await producer.send({ messages: [{ topic: 'orders', key: '', value }], acks: -1 }).then(
        () => true,
        () => false,
      )
      if (isSent || believes) acknowledged(value)
      await sleep(500)
    }
    await producer.close()
  }

const laws = [nothingAcknowledgedIsLost({ topic: 'orders' })]

test('@platformatic/kafka has the same history twice with the same seed and order', async () => {
  const historyOf = async (order: number): Promise<string> => {
    const options = { cluster: { ...threeBrokers, seed: 1 }, order, run: shop({ believes: false }), laws }
    const { timeline, failure } = await simulated(
      options,
      async (cluster) => {
        await cluster.clock.advance(520)
        void cluster.broker(cluster.partition('orders', 0).leader).kill()
        await cluster.clock.advance(2000)
      },
      { tells: true },
    )
    expect(failure).toBeUndefined()
    expect(timeline.length).toBeGreaterThan(20)
    return JSON.stringify(timeline)
  }
  const history = await historyOf(2)
  expect(await historyOf(2)).toBe(history)
  expect(await historyOf(3)).not.toBe(history)
})

test('nothing is found in a shop that is right', async () => {
  const property = exploreFaults({
    cluster: threeBrokers,
    faults: { pause: 800 },
    run: shop({ believes: false }),
    laws,
  })
  await fc.assert(property, { seed: 1, numRuns: 30 })
})

test('what is found in one that is not loses an order, and happens again', async () => {
  const property = exploreFaults({ cluster: threeBrokers, faults: { pause: 800 }, run: shop({ believes: true }), laws })
  const { errorInstance } = await fc.check(property, { seed: 1, numRuns: 500 })
  expect(errorInstance).toBeInstanceOf(FaultsFoundError)
  expect(String(errorInstance)).toMatch(/nothing acknowledged is lost: order-\d.*: acknowledged, and not in orders/)
})
