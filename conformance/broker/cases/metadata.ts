import type { Input } from '../../../src/protocol/message.ts'
import { Metadata, type MetadataRequest, type MetadataResponse } from '../../../src/protocol/messages/metadata.ts'
import { casesOf } from '../case.ts'
import type { World } from '../world.ts'

const NO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'
const UNKNOWN_ID = 'AAAAAAAAAAAAAAAAAAAAQQ'
const OTHER_ID = 'AAAAAAAAAAAAAAAAAAAAQg'

function byName(...names: string[]): Input<MetadataRequest> {
  return { topics: names.map((name) => ({ name })), allowAutoTopicCreation: false }
}

function byId(...ids: string[]): Input<MetadataRequest> {
  return { topics: ids.map((topicId) => ({ name: null, topicId })), allowAutoTopicCreation: false }
}

/** An answer with those of the topics alone that this script made: what others made before differs from run to run. */
function ownTopics(world: World): { telling: (answer: MetadataResponse) => MetadataResponse } {
  const own = world.name('')
  return { telling: (answer) => ({ ...answer, topics: answer.topics.filter(({ name }) => name?.endsWith(own)) }) }
}

/** Versions 0 to 3 do not ask: topics that are not there are created. */
const ASKS_TO_CREATE = '4+'

export const metadata = casesOf(
  Metadata,
  [
    'INVALID_REQUEST',
    'INVALID_TOPIC_EXCEPTION',
    'LEADER_NOT_AVAILABLE',
    'LISTENER_NOT_FOUND',
    'REPLICA_NOT_AVAILABLE',
    'UNKNOWN_SERVER_ERROR',
    'UNKNOWN_TOPIC_ID',
    'UNKNOWN_TOPIC_OR_PARTITION',
  ],
  {
    'topics by name': async (world) => {
      const orders = await world.topic('orders', { partitions: 2 })
      const more = await world.topic('more')
      await world.ask(Metadata, byName(more.name, orders.name, more.name))
    },
    'all topics': async (world) => {
      await world.topic('orders', { partitions: 2 })
      await world.topic('more')
      const all = world.version === 0 ? [] : null
      await world.ask(Metadata, { topics: all, allowAutoTopicCreation: false }, ownTopics(world))
    },
    'no topics': async (world) => {
      await world.topic('orders')
      await world.ask(Metadata, { topics: [], allowAutoTopicCreation: false }, ownTopics(world))
    },
    'topics that are not there': [
      { versions: ASKS_TO_CREATE },
      async (world) => {
        const { name } = await world.topic('orders')
        await world.ask(Metadata, byName(world.name('missing'), name, '__share_group_state_'))
        await world.settled()
        await world.ask(Metadata, byName(world.name('missing')), { as: 'and stay so' })
      },
    ],
    'names that are wrong': async (world) => {
      await world.ask(Metadata, byName('', '.', 'or ders', 'a'.repeat(250), '__cluster_metadata/'))
    },
    'a topic that is created because it was asked for': async (world) => {
      const names = [world.name('orders'), world.name('more')]
      const topics = names.map((name) => ({ name }))
      await world.ask(Metadata, { topics, allowAutoTopicCreation: true })
      await world.settled()
      await world.ready(names[0] as string)
      await world.ready(names[1] as string)
      await world.ask(Metadata, { topics, allowAutoTopicCreation: true }, { as: 'again' })
    },
    'topics that cannot be created': async (world) => {
      await world.topic('a.b')
      const topics = [world.name('a_b'), 'or ders', ''].map((name) => ({ name }))
      await world.ask(Metadata, { topics, allowAutoTopicCreation: true })
      await world.settled()
      await world.ask(Metadata, { topics, allowAutoTopicCreation: true }, { as: 'again' })
    },
    'topics by id': [
      { versions: '10+' },
      async (world) => {
        const orders = await world.topic('orders', { partitions: 2 })
        const more = await world.topic('more')
        await world.ask(Metadata, byId(orders.topicId, UNKNOWN_ID, more.topicId, orders.topicId))
        await world.ask(Metadata, byId(UNKNOWN_ID, OTHER_ID), { as: 'that are not there' })
      },
    ],
    'topics by name and by id': [
      { versions: '10+' },
      async (world) => {
        const orders = await world.topic('orders')
        const more = await world.topic('more')
        const ask = (as: string, ...topics: { name: string | null; topicId: string }[]): Promise<unknown> =>
          world.ask(Metadata, { topics, allowAutoTopicCreation: false }, { as })
        await ask('both of one', { name: orders.name, topicId: orders.topicId })
        await ask('of different ones', { name: orders.name, topicId: more.topicId })
        await ask('some by one', { name: orders.name, topicId: NO_ID }, { name: null, topicId: more.topicId })
        await ask('neither', { name: null, topicId: NO_ID })
        await ask('neither, and one by name', { name: orders.name, topicId: NO_ID }, { name: null, topicId: NO_ID })
        await ask('neither, and one by id', { name: null, topicId: orders.topicId }, { name: null, topicId: NO_ID })
      },
    ],
    'what may be done': [
      { versions: '8+' },
      async (world) => {
        const { name, topicId } = await world.topic('orders')
        const asked = {
          includeTopicAuthorizedOperations: true,
          includeClusterAuthorizedOperations: true,
        }
        await world.ask(Metadata, { ...byName(name, world.name('missing'), 'in valid'), ...asked })
        await world.ask(Metadata, { ...byName(), ...asked }, { as: 'without topics' })
        if (world.version >= 12) await world.ask(Metadata, { ...byId(topicId, UNKNOWN_ID), ...asked }, { as: 'by id' })
      },
    ],
    'several brokers': [
      { brokers: 3 },
      async (world) => {
        const replicas = [
          [1, 2],
          [2, 1],
          [3, 1],
        ]
        const { name } = await world.topic('orders', { replicas })
        await world.ask(Metadata, byName(name))
        await world.ask(Metadata, byName(name), { as: 'by another', from: world.client(3) })
      },
    ],
  },
)
