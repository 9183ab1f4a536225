import {
  type ConfigOptions,
  newClient,
  newClusterAdmin,
  newConfig,
  newConsumerGroup,
  newSyncProducer,
  OffsetOldest,
} from '../../../src/client/index.ts'
import type { Client, Member, MemberEvents } from '../../clients/client.ts'

/** memkafka's own client, in the words in which the others are tried. */
export const own: Client = {
  name: 'memkafka/client',
  codecs: ['none'],
  headers: true,

  async start(bootstrapServers) {
    const brokers = [...bootstrapServers]
    const producer = await newSyncProducer(brokers, config())
    return {
      async createTopic(topic, numPartitions, replicationFactor) {
        await using admin = await newClusterAdmin(brokers, config())
        await admin.createTopic(topic, { numPartitions, replicationFactor })
      },
      async produce(topic, _codec, records) {
        for (const { key, value } of records) await producer.sendMessage({ topic, key, value })
      },
      join: (groupId, topic, events) => join(brokers, groupId, topic, events),
      close: () => producer.close(),
    }
  },
}

function config(options: ConfigOptions = {}) {
  const made = newConfig(options)
  made.clientID = 'orders'
  made.metadata.retry.backoff = 10
  made.producer.retry.backoff = 10
  made.producer.return.successes = true
  made.producer.requiredAcks = -1
  made.consumer.group.heartbeat.interval = 50
  made.consumer.offsets.initial = OffsetOldest
  made.consumer.offsets.autoCommit.enable = false
  made.consumer.maxWaitTime = 50
  made.consumer.retry.backoff = 10
  return made
}

async function join(brokers: string[], groupId: string, topic: string, events: MemberEvents): Promise<Member> {
  const client = await newClient(brokers, config())
  const group = await newConsumerGroup(brokers, groupId, config())
  const stopping = new AbortController()
  let mark: (offsets: ReadonlyMap<number, number>) => Promise<void> = async () => {}
  const joined = Promise.withResolvers<void>()
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      try {
        await group.consume(
          [topic],
          {
            setup(session) {
              events.assigned(session.claims[topic] ?? [])
              mark = async (offsets) => {
                for (const [partition, offset] of offsets) session.markOffset(topic, partition, offset)
                await session.commit()
              }
              joined.resolve()
            },
            async consumeClaim(_session, claim) {
              for await (const { partition, offset, key, value } of claim.messages) {
                events.consumed({
                  partition,
                  offset,
                  key: String(key),
                  value: value === null ? Buffer.of() : Buffer.from(value),
                  headers: {},
                })
              }
            },
          },
          { signal: stopping.signal },
        )
      } catch {
        // As its users do: a session that ended is followed by another.
        if (stopping.signal.aborted) return
      }
    }
  })()
  await joined.promise
  return {
    commit: (offsets) => mark(offsets),
    async leave() {
      stopping.abort()
      await group.close()
      await loop
      await client.close()
    },
  }
}
