import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import { casesOf } from '../case.ts'
import type { Topic, World } from '../world.ts'

/** A batch of so many records, its times counting from `world.time(0)`. */
function batch(world: World, values: readonly string[]): Buffer {
  return buildBatch(values.map((value, i) => ({ key: null, value: Buffer.from(value), timestamp: world.time(i) })))
}

function body(topic: Topic, records: Buffer | null, index = 0) {
  const { name, topicId } = topic
  const partitionData = [{ index, records: records === null ? null : [records] }]
  return { acks: -1, timeoutMs: 1000, topicData: [{ name, topicId, partitionData }] }
}

export const produce = casesOf(Produce, ['UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_ID'], {
  'a batch, and what is kept of it': [
    { versions: '3+' },
    async (world) => {
      const topic = await world.topic('orders')
      await world.ask(Produce, body(topic, batch(world, ['a', 'b'])))
      await world.ask(Produce, body(topic, batch(world, ['c'])), { as: 'again' })
      await world.ask(Fetch, {
        maxWaitMs: 500,
        minBytes: 1,
        topics: [{ topic: topic.name, topicId: topic.topicId, partitions: [{ partition: 0, partitionMaxBytes: 1e6 }] }],
      })
    },
  ],
  'a topic and a partition that are not there': [
    { versions: '3+' },
    async (world) => {
      const unknown = { name: world.name('unknown'), topicId: 'AAAAAAAAAAAAAAAAAAAAQQ' }
      await world.ask(Produce, body(unknown, batch(world, ['a'])))
      await world.ask(Produce, body(await world.topic('orders'), batch(world, ['a']), 7), { as: 'a partition' })
    },
  ],
})
