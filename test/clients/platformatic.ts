import { Admin, Consumer, type GroupAssignment, ProduceAcks, Producer } from '@platformatic/kafka'
import type { Client, Member, MemberEvents } from './client.ts'

export const platformatic: Client = {
  name: '@platformatic/kafka',
  codecs: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
  headers: true,

  async start(bootstrapServers) {
    const bootstrapBrokers = [...bootstrapServers]
    const producer = new Producer({ clientId: 'orders', bootstrapBrokers, idempotent: true })
    return {
      async createTopic(topic, partitions, replicas) {
        const admin = new Admin({ clientId: 'orders', bootstrapBrokers })
        await admin.createTopics({ topics: [topic], partitions, replicas })
        await admin.close()
      },
      async produce(topic, compression, records) {
        const messages = records.map(({ key, value, headers }) => ({
          topic,
          key: Buffer.from(key),
          value,
          headers: new Map(Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)])),
        }))
        await producer.send({ messages, compression, acks: ProduceAcks.ALL })
      },
      join: (groupId, topic, events) => join(bootstrapBrokers, groupId, topic, events),
      close: () => producer.close(),
    }
  },
}

async function join(bootstrapBrokers: string[], groupId: string, topic: string, events: MemberEvents): Promise<Member> {
  const consumer = new Consumer({
    clientId: 'orders',
    bootstrapBrokers,
    groupId,
    groupProtocol: 'classic',
    sessionTimeout: 6000,
    rebalanceTimeout: 6000,
    heartbeatInterval: 100,
    // Its second otherwise: after a rebalance that another member's arrival called for, for one.
    retryDelay: 50,
  })
  consumer.on('consumer:group:rebalance', () => events.assigned([]))
  const stream = await consumer.consume({
    topics: [topic],
    mode: 'committed',
    fallbackMode: 'earliest',
    autocommit: false,
    maxWaitTime: 50,
  })
  // The stream takes up the committed offsets only after the consumer has told that it joined, and a record
  // read before that is read again. It owns its partitions once it knows where to read on.
  stream.on('offsets', () => events.assigned(partitionsOf(topic, consumer.assignments ?? [])))
  stream.on('data', ({ partition, offset, key, value, headers }) => {
    const texts = Object.fromEntries([...headers].map(([name, text]) => [String(name), String(text)]))
    events.consumed({
      partition,
      offset: Number(offset),
      key: String(key),
      value: value ?? Buffer.of(),
      headers: texts,
    })
  })
  stream.on('error', (error) => events.failed(error))
  return {
    commit: (offsets) =>
      consumer.commit({
        offsets: [...offsets].map(([partition, offset]) => ({
          topic,
          partition,
          offset: BigInt(offset),
          leaderEpoch: -1,
        })),
      }),
    async leave() {
      await stream.close()
      await consumer.close()
    },
  }
}

function partitionsOf(topic: string, assignments: readonly GroupAssignment[]): number[] {
  return assignments.flatMap((each) => (each.topic === topic ? each.partitions : []))
}
