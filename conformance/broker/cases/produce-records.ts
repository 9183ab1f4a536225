/** What Produce makes of records that are right, odd or broken: the answers, and what is kept. */
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import type { CaseOptions, Script } from '../case.ts'
import type { Topic, World } from '../world.ts'
import { batch, keptBytes, reading, to } from './logs.ts'
import {
  everyBatch,
  everyRule,
  negativeSize,
  type OddRecords,
  type OddTopic,
  oddTopics,
  wrongSizes,
} from './odd-batches.ts'
import { messageSets } from './odd-message-sets.ts'

/** Sends each to its topic, and reads what the topics keep then. */
async function sendAll(world: World, all: readonly OddRecords[], exactly = false): Promise<void> {
  const used = [...new Set(all.map(([, topic]) => topic))]
  const topics = await world.topics(Object.fromEntries(used.map((name) => [name, oddTopics[name]])) as OddTopics)
  for (const [name, topic, bytes] of all)
    await world.ask(Produce, to(topics[topic], bytes), { as: `${name}: ${topic}` })
  for (const name of used) {
    await world.ask(Fetch, reading(topics[name]), { as: name })
    if (exactly) world.note(`${name}, byte for byte`, await keptBytes(world, topics[name]))
  }
}

type OddTopics = Record<OddTopic, (typeof oddTopics)[OddTopic]>

const RANGE = {
  configs: { 'message.timestamp.before.max.ms': '7200000', 'message.timestamp.after.max.ms': '1000000' },
}

export const produceRecords: Readonly<Record<string, Script | readonly [CaseOptions, Script]>> = {
  'each rule about batches': [{ versions: '3+' }, (world) => sendAll(world, everyRule)],
  'every odd batch': [{ versions: '9-9' }, (world) => sendAll(world, everyBatch, true)],
  'records of another size than they say': [
    { versions: '9-9' },
    async (world) => {
      const { plain, gzip, compacted } = await world.topics(oddTopics)
      const topics: Partial<Record<OddTopic, Topic>> = { plain, gzip, compacted }
      for (const [name, topic, bytes] of wrongSizes) {
        await world.ask(Produce, to(topics[topic] as Topic, bytes), { as: `${name}: ${topic}` })
      }
      for (const topic of [plain, gzip, compacted]) {
        world.note(`${topic.name}, byte for byte`, await keptBytes(world, topic))
      }
    },
  ],
  'a record of a size below 0 in a compressed batch': [
    { versions: '9-9' },
    async (world) => {
      await world.ask(Produce, to(await world.topic('orders', oddTopics.plain), negativeSize))
    },
  ],
  'message sets': [{ versions: '0-2' }, (world) => sendAll(world, messageSets)],
  'message sets, and what is kept of them': [{ versions: '2-2' }, (world) => sendAll(world, messageSets, true)],
  'records of the far future': [
    { versions: '3+' },
    async (world) => {
      const far = buildBatch([{ value: 'v', timestamp: 9_700_000_000_000 }])
      await world.ask(Produce, to(await world.topic('orders', { configs: { 'retention.ms': '-1' } }), far))
    },
  ],
  'how old and how new records may be': [
    { versions: '7-9' },
    async (world) => {
      const { range, appendTime } = await world.topics({
        range: RANGE,
        appendTime: { configs: { ...RANGE.configs, 'message.timestamp.type': 'LogAppendTime' } },
      })
      const at = (...times: number[]) => times.map((timestamp) => ({ value: 'v', timestamp }))
      const mixed = at(5, world.time(0), world.time(100_000_000))
      await world.ask(Produce, to(range, batch(world, ['a', 'b'])), { as: 'right' })
      await world.ask(Produce, to(range, buildBatch(mixed)), { as: 'too old and too new' })
      await world.ask(Produce, to(range, buildBatch(mixed, { compression: 'gzip' })), { as: 'the same, gzip' })
      await world.ask(Produce, to(range, buildBatch(at(-1))), { as: 'no time' })
      await world.ask(Produce, to(appendTime, buildBatch(mixed)), { as: 'where the time does not count' })
      await world.ask(Fetch, reading(range))
    },
  ],
  'segments smaller than a batch': [
    { versions: '3+' },
    async (world) => {
      // As small as a segment may be in 4.x.
      const topic = await world.topic('segments', { configs: { 'segment.bytes': String(1 << 20), ...LARGE } })
      await world.ask(Produce, to(topic, buildBatch([{ value: 'x'.repeat(1 << 20), timestamp: world.time(0) }])))
    },
  ],
  'how large a record may be inside': [
    { versions: '3+' },
    async (world) => {
      const topic = await world.topic('limited', { configs: { 'max.message.bytes': '200' } })
      const large = [{ value: 'x'.repeat(100_000), timestamp: world.time(0) }]
      await world.ask(Produce, to(topic, buildBatch(large, { compression: 'gzip' })), { as: 'gzip' })
      await world.ask(Produce, to(topic, buildBatch(large, { compression: 'zstd' })), { as: 'zstd' })
    },
  ],
}

const LARGE = { 'max.message.bytes': String(1 << 22) }
