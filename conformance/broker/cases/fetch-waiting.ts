/** Fetches that wait: for what, and until when. */
import { DeleteRecords } from '../../../src/protocol/messages/delete-records.ts'
import { DeleteTopics } from '../../../src/protocol/messages/delete-topics.ts'
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import type { CaseOptions, Script } from '../case.ts'
import { append, batch, fetching, from, reading, unknownTopic } from './logs.ts'

/** One version that names topics, and one that gives their ids. */
const VERSIONS = '12-13'
const LONG = { maxWaitMs: 6000 }

export const fetchWaiting: Readonly<Record<string, Script | readonly [CaseOptions, Script]>> = {
  'a wait that ends with the time': [
    { versions: VERSIONS },
    async (world) => {
      const { orders, empty } = await world.topics({ orders: {}, empty: {} })
      await append(world, orders, [batch(world, ['a'])])
      const wait = { maxWaitMs: 600 }
      await world.ask(Fetch, reading(empty, {}, wait), { as: 'of an empty topic' })
      await world.ask(Fetch, reading(orders, {}, { ...wait, minBytes: 1000 }), { as: 'for more than there is' })
      const unknown = [from(empty), from(unknownTopic(world))]
      await world.ask(Fetch, fetching(unknown, wait), { as: 'beside a topic that is not there' })
    },
  ],
  'no wait': [
    { versions: VERSIONS },
    async (world) => {
      const { orders, empty } = await world.topics({ orders: {}, empty: {} })
      await append(world, orders, [batch(world, ['a'])])
      await world.ask(Fetch, reading(orders, {}, LONG), { as: 'there is enough' })
      await world.ask(Fetch, reading(empty, {}, { ...LONG, minBytes: 0 }), { as: 'nothing is enough' })
      await world.ask(Fetch, reading(empty, {}, { ...LONG, minBytes: -1 }), { as: 'less than nothing is enough' })
      await world.ask(Fetch, reading(empty, {}, { maxWaitMs: -5 }), { as: 'for less than no time' })
      await world.ask(Fetch, fetching([], LONG), { as: 'for nothing at all' })
      await world.ask(Fetch, reading(unknownTopic(world), {}, LONG), { as: 'for what is not there' })
      const beyond = [from(empty), from(orders, { offset: 9 })]
      await world.ask(Fetch, fetching(beyond, LONG), { as: 'beside an error' })
      const limited = { ...LONG, minBytes: 1000, maxBytes: 50 }
      await world.ask(Fetch, reading(orders, {}, limited), { as: 'for more than may be told' })
      const diverging = [from(empty), from(orders, { lastFetchedEpoch: 0, offset: 5 })]
      await world.ask(Fetch, fetching(diverging, LONG), { as: 'beside a log that went another way' })
    },
  ],
  'a wait that ends with enough records': [
    { versions: VERSIONS },
    async (world) => {
      const { orders, bills } = await world.topics({ orders: {}, bills: {} })
      const wanted = [from(orders), from(bills)]
      const pending = world.post(Fetch, fetching(wanted, { ...LONG, minBytes: 150 }), { from: world.client() })
      await world.held(pending, 'before anything came')
      await append(world, orders, [batch(world, ['a', 'b'])])
      await world.held(pending, 'after some bytes')
      await world.pass(300)
      await append(world, bills, [batch(world, ['c', 'd'])])
      await pending.answer
    },
  ],
  'a wait for more of a partition than it may give': [
    { versions: VERSIONS },
    async (world) => {
      const topic = await world.topic('orders')
      const limited = reading(topic, { maxBytes: 40 }, { maxWaitMs: 1000, minBytes: 50 })
      const pending = world.post(Fetch, limited, { from: world.client() })
      await world.held(pending, 'before anything came')
      await append(world, topic, [batch(world, ['a', 'b', 'c'])])
      await pending.answer
    },
  ],
  'a topic that is deleted while it is waited for': [
    { versions: VERSIONS },
    async (world) => {
      const { orders, bills } = await world.topics({ orders: {}, bills: {} })
      const pending = world.post(Fetch, fetching([from(orders), from(bills)], LONG), { from: world.client() })
      await world.held(pending, 'before')
      await world.pass(400)
      await world.arrange(DeleteTopics, { topicNames: [orders.name], topics: [{ name: orders.name }], timeoutMs: 5000 })
      await pending.answer
      await world.settled()
      await world.ask(Fetch, reading(orders, {}, LONG), { as: 'after it was deleted' })
    },
  ],
  'records that are deleted while their successors are waited for': [
    { versions: VERSIONS },
    async (world) => {
      const topic = await world.topic('orders')
      await append(world, topic, [batch(world, ['a', 'b'])])
      const wanted = reading(topic, { offset: 1 }, { maxWaitMs: 1500, minBytes: 1000 })
      const pending = world.post(Fetch, wanted, { from: world.client() })
      await world.held(pending, 'before')
      await world.pass(400)
      const partitions = [{ partitionIndex: 0, offset: 2 }]
      await world.arrange(DeleteRecords, { topics: [{ name: topic.name, partitions }], timeoutMs: 1000 })
      await pending.answer
    },
  ],
}
