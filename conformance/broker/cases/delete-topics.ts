import type { Input } from '../../../src/protocol/message.ts'
import { CreateTopics } from '../../../src/protocol/messages/create-topics.ts'
import { DeleteTopics, type DeleteTopicsRequest } from '../../../src/protocol/messages/delete-topics.ts'
import { casesOf } from '../case.ts'
import { newTopic, seeTopics } from './admin-bodies.ts'

const TIMEOUT_MS = 5000
const NO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'
const UNKNOWN_ID = 'AAAAAAAAAAAAAAAAAAAAQQ'

/** The topics of these names, as every version says it. */
function byName(...names: string[]): Input<DeleteTopicsRequest> {
  return { topicNames: names, topics: names.map((name) => ({ name })), timeoutMs: TIMEOUT_MS }
}

function byId(...ids: string[]): Input<DeleteTopicsRequest> {
  return { topics: ids.map((topicId) => ({ name: null, topicId })), timeoutMs: TIMEOUT_MS }
}

export const deleteTopics = casesOf(
  DeleteTopics,
  [
    'INVALID_REQUEST',
    'NOT_CONTROLLER',
    'REQUEST_TIMED_OUT',
    'TOPIC_DELETION_DISABLED',
    'UNKNOWN_TOPIC_ID',
    'UNKNOWN_TOPIC_OR_PARTITION',
  ],
  {
    'topics by name': async (world) => {
      const orders = await world.topic('orders', { partitions: 2 })
      const more = await world.topic('more')
      const kept = await world.topic('kept')
      await world.ask(DeleteTopics, byName(orders.name, more.name))
      await seeTopics(world, [orders.name, more.name, kept.name])
      await world.ask(DeleteTopics, byName(orders.name), { as: 'again' })
    },
    'a topic that is made again': async (world) => {
      const { name } = await world.topic('orders')
      await world.ask(DeleteTopics, byName(name))
      await world.arrange(CreateTopics, { topics: [newTopic(name, { partitions: 2 })], timeoutMs: TIMEOUT_MS })
      await world.ready(name)
      await seeTopics(world, [name])
    },
    'topics by id': [
      { versions: '6+' },
      async (world) => {
        const orders = await world.topic('orders')
        await world.ask(DeleteTopics, byId(orders.topicId, UNKNOWN_ID))
        await seeTopics(world, [orders.name])
        await world.ask(DeleteTopics, byId(orders.topicId), { as: 'again' })
      },
    ],
    'topics that are not there': async (world) => {
      await world.ask(DeleteTopics, byName(world.name('missing'), '', 'or ders', '__cluster_metadata'))
    },
    'a name twice': async (world) => {
      const { name } = await world.topic('orders')
      const missing = world.name('missing')
      await world.ask(DeleteTopics, byName(name, name, missing, missing, world.name('other')))
      await seeTopics(world, [name])
    },
    'an id twice': [
      { versions: '6+' },
      async (world) => {
        const { name, topicId } = await world.topic('orders')
        await world.ask(DeleteTopics, byId(topicId, topicId, UNKNOWN_ID, UNKNOWN_ID))
        await seeTopics(world, [name])
      },
    ],
    'a topic by name and by id': [
      { versions: '6+' },
      async (world) => {
        const orders = await world.topic('orders')
        const more = await world.topic('more')
        await world.ask(DeleteTopics, {
          topics: [{ name: orders.name, topicId: orders.topicId }],
          timeoutMs: TIMEOUT_MS,
        })
        const apart = [
          { name: null, topicId: more.topicId },
          { name: more.name, topicId: NO_ID },
        ]
        await world.ask(DeleteTopics, { topics: apart, timeoutMs: TIMEOUT_MS }, { as: 'apart' })
        await seeTopics(world, [orders.name, more.name])
      },
    ],
    'neither name nor id': [
      { versions: '6+' },
      async (world) => {
        const orders = await world.topic('orders')
        await world.ask(DeleteTopics, { topics: [{ name: null }, { name: orders.name }], timeoutMs: TIMEOUT_MS })
        await seeTopics(world, [orders.name])
      },
    ],
    'an internal topic': async (world) => {
      const name = '__share_group_state'
      await world.arrange(CreateTopics, { topics: [newTopic(name)], timeoutMs: TIMEOUT_MS })
      await seeTopics(world, [name], 'while it is there')
      await world.ask(DeleteTopics, byName(name))
      await seeTopics(world, [name])
    },
    'no time': async (world) => {
      const { name } = await world.topic('orders')
      await world.ask(DeleteTopics, { ...byName(name), timeoutMs: 0 })
      await world.ask(DeleteTopics, { ...byName(name), timeoutMs: -1 }, { as: 'less than none' })
      await world.ask(DeleteTopics, { ...byName(name, name), timeoutMs: 0 }, { as: 'and needed for nothing' })
    },
    'no topics': async (world) => {
      await world.ask(DeleteTopics, byName())
    },
    'asked of another broker': [
      { brokers: 3 },
      async (world) => {
        const { name } = await world.topic('orders', { replicas: [[2], [3]] })
        await world.ask(DeleteTopics, byName(name), { from: world.client(2) })
        await seeTopics(world, [name])
      },
    ],
  },
)
