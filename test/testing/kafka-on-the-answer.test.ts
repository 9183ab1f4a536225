import { describe, expect, test } from 'vitest'
import { errorName } from '../../src/protocol/errors.ts'
import { DescribeLogDirs } from '../../src/protocol/messages/describe-log-dirs.ts'
import { DescribeTopicPartitions } from '../../src/protocol/messages/describe-topic-partitions.ts'
import { FindCoordinator } from '../../src/protocol/messages/find-coordinator.ts'
import { ListGroups } from '../../src/protocol/messages/list-groups.ts'
import { Metadata } from '../../src/protocol/messages/metadata.ts'
import { OffsetCommit } from '../../src/protocol/messages/offset-commit.ts'
import { OffsetFetch } from '../../src/protocol/messages/offset-fetch.ts'
import { KafkaResponse, kafka } from '../../src/testing/index.ts'
import { produce, start } from './fixture.ts'

async function withCommits() {
  const started = await start()
  const { client } = started
  await client.send(FindCoordinator, 4, { keyType: 0, coordinatorKeys: ['billing'] })
  const partitions = [0, 1].map((partitionIndex) => ({ partitionIndex, committedOffset: 5 }))
  const topics = ['orders', 'bills'].map((name) => ({ name, partitions }))
  await client.send(OffsetCommit, 8, { groupId: 'billing', topics })
  return started
}

describe('what only the answer tells', () => {
  test('Metadata v0: no topics mean all', async () => {
    const { cluster, client } = await start()
    cluster.use(kafka.metadata({ topic: 'orders' }, () => KafkaResponse.error('LEADER_NOT_AVAILABLE')))
    const { topics } = await client.send(Metadata, 0, { topics: [] })
    const told = topics.map(({ name, errorCode, partitions }) => [name, errorCode, partitions.length])
    expect(told.sort()).toEqual([
      ['bills', 0, 3],
      ['orders', 5, 0],
    ])
  })

  test('DescribeTopicPartitions: no topics mean all', async () => {
    const { cluster, client } = await start()
    cluster.use(
      kafka.describeTopicPartitions({ topic: 'orders' }, () => KafkaResponse.error('TOPIC_AUTHORIZATION_FAILED')),
    )
    const { topics } = await client.send(DescribeTopicPartitions, 0, { topics: [] })
    expect(topics.map(({ name, errorCode }) => [name, errorCode])).toEqual([
      ['bills', 0],
      ['orders', 29],
    ])
  })

  test('OffsetFetch: a group’s topics, where it asks for all that it has', async () => {
    const { cluster, client } = await withCommits()
    const handler = kafka.offsetFetch({ group: 'billing', topic: 'orders', partition: 1 }, () =>
      KafkaResponse.error('UNSTABLE_OFFSET_COMMIT'),
    )
    cluster.use(handler)
    const { groups } = await client.send(OffsetFetch, 8, { groups: [{ groupId: 'billing', topics: null }] })
    const told = groups[0]?.topics.flatMap(({ name, partitions }) =>
      partitions.map((one) => `${name}/${one.partitionIndex} ${one.committedOffset} ${errorName(one.errorCode)}`),
    )
    expect(told?.sort()).toEqual([
      'bills/0 5 NONE',
      'bills/1 5 NONE',
      'orders/0 5 NONE',
      'orders/1 -1 UNSTABLE_OFFSET_COMMIT',
    ])
    await client.send(OffsetFetch, 8, { groups: [{ groupId: 'shipping', topics: null }] })
    expect(cluster.calls(handler)).toHaveLength(1)
  })

  test('ListGroups: that a group is there', async () => {
    const { cluster, client } = await withCommits()
    cluster.use(
      kafka.listGroups({ group: 'billing' }, () => KafkaResponse.error('COORDINATOR_LOAD_IN_PROGRESS')),
      kafka.listGroups({ group: 'shipping' }, () => KafkaResponse.error('UNKNOWN_SERVER_ERROR')),
    )
    expect(errorName((await client.send(ListGroups, 4, {})).errorCode)).toBe('COORDINATOR_LOAD_IN_PROGRESS')
  })

  test('DescribeLogDirs: in which directory a topic lies', async () => {
    const { cluster, client } = await start()
    cluster.use(kafka.describeLogDirs({ topic: 'orders' }, () => KafkaResponse.error('KAFKA_STORAGE_ERROR')))
    const { results } = await client.send(DescribeLogDirs, 4, { topics: null })
    expect(results).toMatchObject([{ errorCode: 56, topics: [] }])
  })

  test('is passed, held or cut once the work is done', async () => {
    const { cluster, client, connect } = await start()
    cluster.use(kafka.metadata({ topic: 'orders' }, () => KafkaResponse.disconnect()))
    await expect(client.send(Metadata, 9, { topics: null })).rejects.toThrow(/closed/)
    cluster.resetHandlers()
    const gate = cluster.gate(kafka.metadata({ topic: 'orders' }))
    const other = connect()
    const held = other.send(Metadata, 9, { topics: null })
    await gate.reached
    expect(await produce(connect(), { orders: [0] })).toEqual(['orders/0 NONE'])
    gate.open()
    expect((await held).topics).toHaveLength(2)
  })
})
