import { describe, expect, test } from 'vitest'
import { type ClusterOptions, KafkaCluster } from '../../../src/index.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import type { Input } from '../../../src/protocol/message.ts'
import { AlterPartitionReassignments } from '../../../src/protocol/messages/alter-partition-reassignments.ts'
import { ElectLeaders, type ElectLeadersRequest } from '../../../src/protocol/messages/elect-leaders.ts'
import { Metadata } from '../../../src/protocol/messages/metadata.ts'
import { WireClient } from '../../wire-client.ts'

const VERSIONS = [0, 1, 2]

async function start(options: ClusterOptions = {}) {
  const topics = { a: { partitions: 1, replicationFactor: 3 } }
  const cluster = await KafkaCluster.start({ brokers: 3, topics, ...options })
  const client = new WireClient(cluster.connect())
  const elect = async (version: number, request: Input<ElectLeadersRequest>) => {
    const answer = await client.send(ElectLeaders, version, { timeoutMs: 1000, ...request })
    const results = answer.replicaElectionResults.map(({ topic, partitionResult }) => [
      topic,
      partitionResult.map(({ partitionId, errorCode }) => [partitionId, errorName(errorCode)]),
    ])
    return [errorName(answer.errorCode), ...results]
  }
  return {
    client,
    elect,
    leader: async () => {
      const { topics } = await client.send(Metadata, 12, { topics: [{ name: 'a' }], allowAutoTopicCreation: false })
      const [partition] = topics[0]?.partitions ?? []
      return [partition?.leaderId, partition?.replicaNodes]
    },
    [Symbol.asyncDispose]: async () => {
      client.close()
      await cluster.stop()
    },
  }
}

describe('ElectLeaders', () => {
  test.each(VERSIONS)('version %i has the first replica lead again', async (version) => {
    await using kafka = await start()
    const [leader, replicas = []] = (await kafka.leader()) as [number, number[]]
    const [first = -1, ...others] = replicas.filter((id) => id !== leader)
    const order = [first, ...others, leader]
    const topics = [{ name: 'a', partitions: [{ partitionIndex: 0, replicas: order }] }]
    await kafka.client.send(AlterPartitionReassignments, 0, { topics, timeoutMs: 1000 })
    expect(await kafka.leader()).toEqual([leader, order])
    const topicPartitions = [{ topic: 'a', partitions: [0] }]
    expect(await kafka.elect(version, { topicPartitions })).toEqual(['NONE', ['a', [[0, 'NONE']]]])
    expect(await kafka.leader()).toEqual([first, order])
    expect(await kafka.elect(version, { topicPartitions })).toEqual(['NONE', ['a', [[0, 'ELECTION_NOT_NEEDED']]]])
    expect(await kafka.elect(version, { topicPartitions: null })).toEqual(['NONE', ['a', []]])
  })

  test('knows two kinds of elections, and needs some time', async () => {
    await using kafka = await start()
    const topicPartitions = [{ topic: 'a', partitions: [0] }]
    expect(await kafka.elect(2, { topicPartitions, electionType: 7 })).toEqual([
      'INVALID_REQUEST',
      ['a', [[0, 'INVALID_REQUEST']]],
    ])
    expect(await kafka.elect(0, { topicPartitions, timeoutMs: 0 })).toEqual(['NONE', ['a', [[0, 'REQUEST_TIMED_OUT']]]])
    expect(await kafka.elect(2, { topicPartitions: [], timeoutMs: 0 })).toEqual(['NONE'])
  })

  test('is refused by a broker of a release before KRaft that is not the controller', async () => {
    await using cluster = await KafkaCluster.start({ brokers: 2, version: '2.4', topics: { a: {} } })
    const topicPartitions = [{ topic: 'a', partitions: [0] }]
    const errors = cluster.brokers.map(async ({ nodeId }) => {
      const client = new WireClient(cluster.connect(nodeId))
      const { errorCode } = await client.send(ElectLeaders, 2, { topicPartitions, timeoutMs: 1000 })
      client.close()
      return errorName(errorCode)
    })
    expect(await Promise.all(errors)).toEqual(['NONE', 'NOT_CONTROLLER'])
  })
})
