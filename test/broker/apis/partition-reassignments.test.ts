import { describe, expect, test } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import {
  AlterPartitionReassignments,
  type ReassignablePartition,
} from '../../../src/protocol/messages/alter-partition-reassignments.ts'
import { ListPartitionReassignments } from '../../../src/protocol/messages/list-partition-reassignments.ts'
import { Metadata } from '../../../src/protocol/messages/metadata.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { buildBatch } from '../../../src/protocol/records/batch-builder.ts'
import { WireClient } from '../../wire-client.ts'

async function start() {
  const cluster = await KafkaCluster.start({ brokers: 3, topics: { a: { partitions: 2 } } })
  const client = new WireClient(cluster.connect())
  return {
    cluster,
    client,
    reassign: async (version: number, ...partitions: Pick<ReassignablePartition, 'partitionIndex' | 'replicas'>[]) => {
      const topics = [{ name: 'a', partitions }]
      const answer = await client.send(AlterPartitionReassignments, version, { topics, timeoutMs: 1000 })
      return answer.responses.flatMap(({ partitions }) =>
        partitions.map(({ errorCode, errorMessage }) => [errorName(errorCode), errorMessage]),
      )
    },
    [Symbol.asyncDispose]: async () => {
      client.close()
      await cluster.stop()
    },
  }
}

describe('AlterPartitionReassignments', () => {
  test.each([0, 1])('version %i has other brokers hold a partition, its records with it', async (version) => {
    await using kafka = await start()
    const from = await leaders(kafka.client)
    for (const [index, leader] of from.entries()) await write(kafka.cluster, leader, index, `record ${index}`)
    const to = from.map((leader) => (leader % 3) + 1)
    const partitions = to.map((id, partitionIndex) => ({ partitionIndex, replicas: [id] }))
    expect(await kafka.reassign(version, ...partitions)).toEqual([
      ['NONE', null],
      ['NONE', null],
    ])
    expect(await leaders(kafka.client)).toEqual(to)
    for (const index of [0, 1]) {
      const partition = kafka.cluster.partition('a', index)
      const logs = kafka.cluster.brokers.map((broker) => [
        broker.nodeId,
        partition.log(broker)?.records.map(({ value }) => String(value)),
      ])
      expect(logs.filter(([, records]) => records !== undefined)).toEqual([[to[index], [`record ${index}`]]])
    }
    const { topics } = await kafka.client.send(ListPartitionReassignments, 0, { topics: null })
    expect(topics).toEqual([])
  })

  test('tells each partition its own error', async () => {
    await using kafka = await start()
    expect(
      await kafka.reassign(
        1,
        { partitionIndex: 0, replicas: [9] },
        { partitionIndex: 1, replicas: null },
        { partitionIndex: 2, replicas: [1] },
      ),
    ).toEqual([
      [
        'INVALID_REPLICA_ASSIGNMENT',
        'The manual partition assignment includes broker 9, but no such broker is registered.',
      ],
      ['NO_REASSIGNMENT_IN_PROGRESS', null],
      ['UNKNOWN_TOPIC_OR_PARTITION', 'Unable to find partition a:2.'],
    ])
  })

  test('needs some time, where there is something to do', async () => {
    await using kafka = await start()
    const topics = [{ name: 'a', partitions: [{ partitionIndex: 0, replicas: [1] }] }]
    const answer = await kafka.client.send(AlterPartitionReassignments, 1, { topics, timeoutMs: 0 })
    expect([errorName(answer.errorCode), answer.responses[0]?.partitions[0]?.errorCode]).toEqual([
      'REQUEST_TIMED_OUT',
      answer.errorCode,
    ])
    const nothing = await kafka.client.send(AlterPartitionReassignments, 1, { topics: [], timeoutMs: 0 })
    expect(nothing.errorCode).toBe(0)
  })
})

test('reassignments are refused by a broker of a release before KRaft that is not the controller', async () => {
  await using cluster = await KafkaCluster.start({ brokers: 2, version: '2.4', topics: { a: {} } })
  const partitions = [{ partitionIndex: 0, replicas: null }]
  const errors = cluster.brokers.map(async ({ nodeId }) => {
    const client = new WireClient(cluster.connect(nodeId))
    const altered = await client.send(AlterPartitionReassignments, 0, {
      topics: [{ name: 'a', partitions }],
      timeoutMs: 9,
    })
    const listed = await client.send(ListPartitionReassignments, 0, { topics: [{ name: 'a', partitionIndexes: [0] }] })
    client.close()
    return [errorName(altered.errorCode), errorName(listed.errorCode)]
  })
  expect(await Promise.all(errors)).toEqual([
    ['NONE', 'NONE'],
    ['NOT_CONTROLLER', 'NOT_CONTROLLER'],
  ])
})

async function write(cluster: KafkaCluster, leader: number, index: number, value: string): Promise<void> {
  const client = new WireClient(cluster.connect(leader))
  const records = [buildBatch([{ key: null, value: Buffer.from(value), timestamp: 0 }])]
  const topicData = [{ name: 'a', partitionData: [{ index, records }] }]
  const { responses } = await client.send(Produce, 9, { acks: -1, timeoutMs: 1000, topicData })
  expect(responses[0]?.partitionResponses[0]?.errorCode).toBe(0)
  client.close()
}

/** Who leads each partition. */
async function leaders(client: WireClient): Promise<number[]> {
  const { topics } = await client.send(Metadata, 12, { topics: [{ name: 'a' }], allowAutoTopicCreation: false })
  const partitions = topics[0]?.partitions ?? []
  return partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex).map(({ leaderId }) => leaderId)
}
