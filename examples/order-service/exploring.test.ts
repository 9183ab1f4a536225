import fc from 'fast-check'
import { Kafka, logLevel } from 'kafkajs'
import {
  explorationParameters,
  exploreFaults,
  faultSchedules,
  nothingAcknowledgedIsLost,
  type Run,
  simulate,
  underFaults,
} from 'memkafka/fast-check'
import { expect, test } from 'vitest'

const cluster = { brokers: 3, topics: { orders: { replicationFactor: 3, configs: { 'min.insync.replicas': '2' } } } }
const laws = [nothingAcknowledgedIsLost({ topic: 'orders' })]

/** A shop that sends each order once. Clients, servers, timers: all that it needs it makes anew in each run. */
async function run({ cluster, acknowledged, sleep }: Run): Promise<void> {
  const { bootstrapServers: brokers, socketFactory } = cluster
  const kafka = new Kafka({ brokers, socketFactory, logLevel: logLevel.NOTHING, requestTimeout: 2000 })
  const producer = kafka.producer()
  for (const order of ['order-1', 'order-2', 'order-3']) {
    try {
      await producer.connect()
      await producer.send({ topic: 'orders', acks: -1, messages: [{ value: order }] })
      acknowledged(order)
    } catch {
      // The customer hears that it did not work.
    }
    await sleep(500)
  }
  await producer.disconnect()
}

test('whatever fails, an order that was acknowledged is there', async () => {
  const property = exploreFaults({ cluster, faults: { steps: 4 }, run, laws })
  await fc.assert(property, explorationParameters({ seed: 1, numRuns: 15 }))
})

test('the same by hand: a leader dies in the middle of an order', () =>
  simulate({ cluster: { ...cluster, seed: 7 }, run, laws }, async (cluster) => {
    await cluster.clock.advance(520)
    void cluster.broker(cluster.partition('orders', 0).leader).kill()
    await cluster.clock.advance(3000)
  }))

test('a schedule is a value', async () => {
  await underFaults(
    { run, laws },
    { cluster, seed: 7, order: 0, rest: 1000, steps: [{ after: 520, do: 'kill', broker: 1 }] },
  )
  const [schedule] = fc.sample(faultSchedules(cluster, { kinds: ['kill', 'start'] }), { seed: 1, numRuns: 1 })
  expect(schedule?.steps.every((step) => step.do === 'kill' || step.do === 'start')).toBe(true)
})
