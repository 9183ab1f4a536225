/** Fetch sessions (KIP-227): a request names what is different, and an answer tells what is new. */
import { DeleteRecords } from '../../../src/protocol/messages/delete-records.ts'
import { DeleteTopics } from '../../../src/protocol/messages/delete-topics.ts'
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import type { CaseOptions, Script } from '../case.ts'
import type { World } from '../world.ts'
import { append, batch, type FetchedWith, fetching, from, unknownTopic } from './logs.ts'

type Topics = readonly ReturnType<typeof from>[]

/** A session, whose requests are counted as a client would. */
async function session(world: World, topics: Topics, version = world.version) {
  const answer = await world.ask(Fetch, fetching(topics, { sessionEpoch: 0 }), { as: 'a new session', version })
  const sessionId = answer?.sessionId ?? -1
  let epoch = 0
  return {
    sessionId,
    next: (as: string, changed: Topics = [], options: FetchedWith = {}, inVersion = version) => {
      epoch++
      const body = fetching(changed, { sessionId, sessionEpoch: epoch, ...options })
      return world.ask(Fetch, body, { as, version: inVersion })
    },
    /** In an epoch that is not the one due. */
    at: (sessionEpoch: number, as: string, changed: Topics = []) =>
      world.ask(Fetch, fetching(changed, { sessionId, sessionEpoch }), { as, version }),
  }
}

export const fetchSessions: Readonly<Record<string, Script | readonly [CaseOptions, Script]>> = {
  'a session, and what is told in it': [
    { versions: '7+' },
    async (world) => {
      const { orders, bills } = await world.topics({ orders: { partitions: 3 }, bills: {} })
      await append(world, orders, [batch(world, ['a'])])
      const { next } = await session(world, [from(orders, {}, { index: 1 }, { index: 2 })])
      await next('records again, until they are passed')
      await next('past the records', [from(orders, { offset: 1 })])
      await next('nothing new')
      await append(world, orders, [batch(world, ['b'])], 1)
      await next('a record in one')
      await next('the same again')
      await next('a partition more', [from(bills)])
      await append(world, orders, [batch(world, ['c'])], 2)
      const all = [from(orders, { offset: 1 }, { index: 1, offset: 1 })]
      await next('records in another', all)
      await next('one is forgotten', [], { forgotten: [{ topic: orders, partitions: [2] }] })
      await next('what was never asked for is forgotten', [], { forgotten: [{ topic: bills, partitions: [5] }] })
      await append(world, orders, [batch(world, ['d'])], 2)
      await next('a record in what was forgotten')
      await next('in the order in which they last gave something', [from(orders, { index: 1 }, { index: 0 })])
      await next('the same order')
    },
  ],
  'a log that changes without records for the reader': [
    { versions: '7+' },
    async (world) => {
      const topic = await world.topic('orders')
      await append(world, topic, [batch(world, ['a', 'b'])])
      const { next } = await session(world, [from(topic, { offset: 2 })])
      await next('nothing new')
      const deleted = [{ name: topic.name, partitions: [{ partitionIndex: 0, offset: 1 }] }]
      await world.arrange(DeleteRecords, { topics: deleted, timeoutMs: 1000 })
      await next('another start')
      await next('nothing new again')
      await append(world, topic, [batch(world, ['c'])])
      await next('more, and no room for it', [from(topic, { offset: 2, maxBytes: 0 })])
      await next('out of range', [from(topic, { offset: 9 })])
      await next('still out of range')
      await next('in range again', [from(topic, { offset: 3 })])
    },
  ],
  'sessions that there are not': [
    { versions: '7+' },
    async (world) => {
      const topic = await world.topic('orders')
      await append(world, topic, [batch(world, ['a'])])
      const ask = (sessionId: number, sessionEpoch: number) =>
        world.ask(Fetch, fetching([from(topic)], { sessionId, sessionEpoch }), {
          as: `${sessionId} at ${sessionEpoch}`,
        })
      // Session ids are drawn at random from some two thousand million.
      await ask(77, 1)
      await ask(77, -1)
      await ask(0, 4)
      await ask(-1, 1)
      await ask(77, -2)
      await ask(0, -1)
    },
  ],
  'an epoch that is not due': [
    { versions: '7+' },
    async (world) => {
      const topic = await world.topic('orders')
      await append(world, topic, [batch(world, ['a'])])
      const { next, at } = await session(world, [from(topic)])
      await at(2, 'too early')
      await next('due')
      await at(1, 'again')
      await next('due once more')
      await at(-5, 'below all')
    },
  ],
  'the end of a session': [
    { versions: '7+' },
    async (world) => {
      const topic = await world.topic('orders')
      await append(world, topic, [batch(world, ['a'])])
      const first = await session(world, [from(topic)])
      await first.at(-1, 'ended', [from(topic)])
      await first.next('after the end')
      const second = await session(world, [from(topic)])
      await second.at(0, 'begun anew', [from(topic)])
      await second.next('after it was begun anew')
      const third = await session(world, [from(topic)])
      await third.next('all forgotten', [], { forgotten: [{ topic, partitions: [0] }] })
      await third.next('after all was forgotten')
      await session(world, [])
    },
  ],
  'what is not there, in a session': [
    { versions: '7+' },
    async (world) => {
      const { orders, bills } = await world.topics({ orders: {}, bills: {} })
      const { next } = await session(world, [from(orders, {}, { index: 5 }), from(unknownTopic(world)), from(bills)])
      await next('told again')
      await world.arrange(DeleteTopics, { topicNames: [bills.name], topics: [{ name: bills.name }], timeoutMs: 5000 })
      await world.settled()
      await next('deleted')
      await next('still deleted')
    },
  ],
  'a topic that is made anew in a session': [
    { versions: '7+' },
    async (world) => {
      const topic = await world.topic('orders')
      await append(world, topic, [batch(world, ['a'])])
      const { next } = await session(world, [from(topic)])
      const deleted = { topicNames: [topic.name], topics: [{ name: topic.name }], timeoutMs: 5000 }
      await world.arrange(DeleteTopics, deleted)
      await append(world, await world.topic('orders'), [batch(world, ['b', 'c'])])
      await next('what it was before')
      await next('again')
    },
  ],
  'names and then ids': [
    { versions: '12-13' },
    async (world) => {
      const topic = await world.topic('orders')
      const other = world.version === 12 ? 13 : 12
      const { next, at } = await session(world, [from(topic)], other)
      await next('in the other version', [from(topic)], {}, world.version)
      await at(1, 'in the version that it began with')
    },
  ],
  'an older version in a session': [
    { versions: '11-11' },
    async (world) => {
      const topic = await world.topic('orders')
      const { next } = await session(world, [from(topic, { lastFetchedEpoch: 0 })], 12)
      await next('a log that went another way', [from(topic, { lastFetchedEpoch: 0, offset: 5 })])
      await next('and a version that cannot say so', [], {}, world.version)
    },
  ],
  'partitions that are forgotten outside of a session': [
    { versions: '7+' },
    async (world) => {
      const topic = await world.topic('orders')
      await append(world, topic, [batch(world, ['a'])])
      for (const sessionEpoch of [-1, 0]) {
        const forgotten = fetching([from(topic)], { sessionEpoch, forgotten: [{ topic, partitions: [0] }] })
        await world.ask(Fetch, forgotten, { as: `in epoch ${sessionEpoch}` })
      }
    },
  ],
}
