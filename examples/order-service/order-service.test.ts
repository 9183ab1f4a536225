import fc from 'fast-check'
import {
  type ExploreOptions,
  explorationParameters,
  exploreFaults,
  type FaultOptions,
  law,
  type Outcome,
  type Run,
} from 'memkafka/fast-check'
import { expect, test } from 'vitest'
import { Database } from './database.ts'
import { type Bugs, OrderService } from './order-service.ts'

const ORDERS = ['order-1', 'order-2', 'order-3', 'order-4', 'order-5', 'order-6']

/** The service from its start to its end, and six orders. */
const serviceWith =
  (bugs: Bugs) =>
  async ({ cluster, recovered, sleep, until }: Run): Promise<Database> => {
    const database = new Database()
    const { bootstrapServers: brokers, socketFactory } = cluster
    const service = new OrderService({ kafka: { brokers, socketFactory }, database, bugs })
    await service.start()
    for (const [i, id] of ORDERS.entries()) {
      database.place({ id, amount: 100 + i })
      await sleep(200)
    }
    await recovered
    // Time enough for whatever is to come; one that is lost does not come.
    await until(() => database.outbox.length === 0)
    await until(() => ORDERS.every((id) => database.charges.includes(id)), 120_000)
    await sleep(3000)
    await service.stop()
    return database
  }

/** What has become of the orders in the topics that the service writes to. */
async function dealtWith({ cluster }: Outcome<Database>): Promise<Set<string | null>> {
  const receipts = await cluster.topic('receipts').records()
  const dead = await cluster.topic('orders.dead').records()
  return new Set([...receipts, ...dead].map(({ key }) => key))
}

const laws = [
  law<Database>('every order is charged', ({ value }) => ORDERS.every((id) => value.charges.includes(id))),
  law<Database>('no order is charged twice', ({ value }) => new Set(value.charges).size === value.charges.length),
  law<Database>('every order has a receipt, or is a dead letter', async (outcome) => {
    const known = await dealtWith(outcome)
    return ORDERS.every((id) => known.has(id))
  }),
]

const shop = (bugs: Bugs, faults: FaultOptions = {}): ExploreOptions<Database> => ({
  cluster: {
    brokers: 3,
    topics: {
      orders: { replicationFactor: 3 },
      receipts: { replicationFactor: 3 },
      'orders.dead': { replicationFactor: 3 },
    },
    config: { 'offsets.topic.num.partitions': '1' },
  },
  faults: { groups: ['billing'], pause: 500, ...faults },
  run: serviceWith(bugs),
  laws,
})

test('the service deals with every order, whatever fails', async () => {
  await fc.assert(exploreFaults(shop({})), explorationParameters({ seed: 1, numRuns: 20 }))
})

/** What is written while orders are dealt with is refused, or its broker dies. */
const whileProcessing: FaultOptions = {
  topics: ['receipts', 'orders.dead'],
  kinds: ['use', 'kill', 'link'],
  apis: ['produce'],
}

test.each<[string, Bugs, FaultOptions, RegExp]>([
  ['committing before an order is dealt with', { commitBeforeProcess: true }, whileProcessing, /every order/],
  ['a retry that charges again', { nonIdempotentRetry: true }, {}, /no order is charged twice/],
  ['forgetting orders in a rebalance', { lostOnRebalance: true }, {}, /every order is charged/],
])('%s is found', async (_what, bugs, faults, broken) => {
  const details = await fc.check(exploreFaults(shop(bugs, faults)), { seed: 2, numRuns: 300, endOnFailure: true })
  expect(String(details.errorInstance)).toMatch(broken)
})
