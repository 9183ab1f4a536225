import { randomUUID } from 'node:crypto'
import kafkajs, { type Kafka, type KafkaMessage } from 'kafkajs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { decodeForward, decodeKey, decodeValue, recordPrefix } from '../../src/protocol/log-record.ts'
import { ConsumerProtocolAssignment } from '../../src/protocol/messages/data/consumer-protocol-assignment.ts'
import { ConsumerProtocolSubscription } from '../../src/protocol/messages/data/consumer-protocol-subscription.ts'
import { GroupMetadataKey, GroupMetadataValue } from '../../src/protocol/messages/records/group-metadata.ts'
import { OffsetCommitKey, OffsetCommitValue } from '../../src/protocol/messages/records/offset-commit.ts'
import { cannotStart, startCluster } from './cluster.ts'

/** A safety net for a client that hangs, not a measure of the broker. */
const timeout = 120_000

describe.each([1, 3])('__consumer_offsets on %i broker(s)', (brokers) => {
  test('is read by a plain consumer, and is in the formats of Kafka', { timeout }, async ({ skip }) => {
    const impossible = cannotStart(brokers)
    if (impossible) return skip(impossible)
    const cluster = await startCluster(brokers)
    onTestFinished(() => cluster.stop())
    const kafka = new kafkajs.Kafka({
      clientId: 'orders',
      brokers: [...cluster.bootstrapServers],
      logLevel: kafkajs.logLevel.NOTHING,
    })
    const topic = `orders-${randomUUID()}`
    const groupId = `billing-${randomUUID()}`
    await produceOne(kafka, topic)
    await cluster.knows(topic)
    await commitOne(kafka, groupId, topic)

    const { members, offsets } = await readGroup(kafka, groupId)
    expect(members).toEqual([{ clientId: 'orders', subscribed: [topic], assigned: [{ topic, partitions: [0] }] }])
    expect(offsets).toEqual([{ topic, partition: 0, offset: 1, metadata: 'one' }])
  })
})

async function produceOne(kafka: Kafka, topic: string): Promise<void> {
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  await producer.send({ topic, messages: [{ value: 'created' }] })
  await producer.disconnect()
}

/** A member of the group reads the record, commits and leaves. */
async function commitOne(kafka: Kafka, groupId: string, topic: string): Promise<void> {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await new Promise<void>((read) => consumer.run({ autoCommit: false, eachMessage: async () => read() }))
  await consumer.commitOffsets([{ topic, partition: 0, offset: '1', metadata: 'one' }])
  await consumer.disconnect()
}

/** What the log of groups says of one of them: the members that it had, and what they committed. */
async function readGroup(kafka: Kafka, groupId: string) {
  const members: unknown[] = []
  const offsets: unknown[] = []
  const consumer = kafka.consumer({ groupId: `reader-${randomUUID()}`, maxWaitTimeInMs: 100 })
  await consumer.connect()
  await consumer.subscribe({ topic: '__consumer_offsets', fromBeginning: true })
  await new Promise<void>((read, failed) => {
    consumer.run({
      autoCommit: false,
      eachMessage: async ({ message }) => {
        try {
          members.push(...membersIn(message, groupId))
          offsets.push(...offsetsIn(message, groupId))
        } catch (error) {
          failed(error)
        }
        if (members.length > 0 && offsets.length > 0) read()
      },
    })
  })
  await consumer.disconnect()
  return { members, offsets }
}

function membersIn({ key, value }: KafkaMessage, groupId: string) {
  if (key === null || value === null || recordPrefix(key) !== GroupMetadataKey.recordType) return []
  if (decodeKey(GroupMetadataKey, key).group !== groupId) return []
  return decodeValue(GroupMetadataValue, value).value.members.map(({ clientId, subscription, assignment }) => ({
    clientId,
    subscribed: decodeForward(ConsumerProtocolSubscription, Buffer.from(subscription)).value.topics,
    assigned: decodeForward(ConsumerProtocolAssignment, Buffer.from(assignment)).value.assignedPartitions,
  }))
}

function offsetsIn({ key, value }: KafkaMessage, groupId: string) {
  if (key === null || value === null || recordPrefix(key) !== OffsetCommitKey.recordType) return []
  const { group, topic, partition } = decodeKey(OffsetCommitKey, key)
  if (group !== groupId) return []
  const { offset, metadata } = decodeValue(OffsetCommitValue, value).value
  return [{ topic, partition, offset, metadata }]
}
