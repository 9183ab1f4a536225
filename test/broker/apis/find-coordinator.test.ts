import { describe, expect, test } from 'vitest'
import { findCoordinator } from '../../../src/broker/apis/find-coordinator.ts'
import { errorName } from '../../../src/protocol/errors.ts'
import { TestCluster } from '../coordinator/test-cluster.ts'

const GROUP = 0
const TRANSACTION = 1
const SHARE = 2

describe('FindCoordinator', () => {
  test.each([0, 1, 2, 3])('makes __consumer_offsets and answers in the same request, v%d', (version) => {
    const cluster = new TestCluster()
    const answer = cluster.ask(findCoordinator, version, { key: 'group' })
    expect(answer).toMatchObject({ errorCode: 0, nodeId: 0, host: '127.0.0.1', port: 9092 })
    // Kafka names the error also where there is none.
    expect(answer.errorMessage).toBe(version >= 1 ? 'NONE' : '')
    const topic = cluster.broker().image.topic('__consumer_offsets')
    expect(topic?.partitions).toHaveLength(50)
    expect([...cluster.broker().image.topicConfigs('__consumer_offsets')]).toEqual(
      expect.arrayContaining([
        ['cleanup.policy', 'compact'],
        ['compression.type', 'producer'],
        ['segment.bytes', '104857600'],
      ]),
    )
  })

  test.each([4, 5, 6])('answers several keys, v%d (KIP-699)', (version) => {
    const cluster = new TestCluster({ brokers: 3 })
    const keys = ['orders', 'payments', 'a', 'b', 'c', '']
    const { coordinators } = cluster.ask(findCoordinator, version, { keyType: GROUP, coordinatorKeys: keys })
    expect(coordinators.map(({ key }) => key)).toEqual(keys)
    for (const { key, nodeId, port, errorCode, errorMessage } of coordinators) {
      expect([errorCode, errorMessage, port]).toEqual([0, '', 9092 + nodeId])
      const partition = cluster.broker().groups.partitionFor(key)
      expect(nodeId).toBe(cluster.broker().image.partition('__consumer_offsets', partition)?.leader)
    }
  })

  test('gives the partitions of __consumer_offsets the replicas that the config asks for, as far as there are brokers', () => {
    const replicas = (brokers: number, config: Record<string, string> = {}) => {
      const cluster = new TestCluster({ brokers, config })
      cluster.ask(findCoordinator, 2, { key: 'group' })
      return cluster.broker().image.partition('__consumer_offsets', 0)?.replicas.length
    }
    expect([replicas(1), replicas(2), replicas(3), replicas(4)]).toEqual([1, 2, 3, 3])
    expect(replicas(3, { 'offsets.topic.replication.factor': '1' })).toBe(1)
  })

  test('is COORDINATOR_NOT_AVAILABLE the first time when topics are not to be there at once, as in Kafka', () => {
    const cluster = new TestCluster({ config: { 'memkafka.auto.create.topics.at.once': 'false' } })
    const ask = () => cluster.ask(findCoordinator, 3, { key: 'group' })
    expect(ask()).toMatchObject({ errorMessage: 'The coordinator is not available.', nodeId: -1, host: '', port: -1 })
    expect(ask()).toMatchObject({ errorCode: 0, nodeId: 0 })
    const other = new TestCluster({ config: { 'memkafka.auto.create.topics.at.once': 'false' } })
    const { coordinators } = other.ask(findCoordinator, 4, { coordinatorKeys: ['group'] })
    expect(coordinators.map(({ errorCode, errorMessage }) => [errorName(errorCode), errorMessage])).toEqual([
      ['COORDINATOR_NOT_AVAILABLE', ''],
    ])
  })

  test('is answered alike by every broker', () => {
    const cluster = new TestCluster({ brokers: 3 })
    const nodes = [0, 1, 2].map((node) => cluster.ask(findCoordinator, 2, { key: 'group' }, { node }).nodeId)
    expect(new Set(nodes).size).toBe(1)
  })

  test('finds the coordinator of a transactional id, and makes the topic first', () => {
    const cluster = new TestCluster({ brokers: 3 })
    const { nodeId, errorCode } = cluster.ask(findCoordinator, 1, { key: 'tx', keyType: TRANSACTION })
    expect(errorName(errorCode)).toBe('NONE')
    expect(cluster.broker().image.topic('__transaction_state')?.partitions).toHaveLength(50)
    const { coordinators } = cluster.ask(findCoordinator, 6, { coordinatorKeys: ['tx', ''], keyType: TRANSACTION })
    expect(coordinators.map((found) => errorName(found.errorCode))).toEqual(['NONE', 'NONE'])
    expect(coordinators[0]?.nodeId).toBe(nodeId)
  })

  test.each([
    [SHARE, 'a share group'],
    [9, 'who knows what'],
    [-1, 'nothing'],
  ])('of type %d, %s, is INVALID_REQUEST', (keyType) => {
    const cluster = new TestCluster()
    for (const version of [1, 2, 3]) {
      const answer = cluster.ask(findCoordinator, version, { key: 'k', keyType })
      expect(errorName(answer.errorCode)).toBe('INVALID_REQUEST')
      expect(answer).toMatchObject({ nodeId: -1, host: '', port: -1 })
    }
    for (const version of [4, 5, 6]) {
      const { coordinators } = cluster.ask(findCoordinator, version, { coordinatorKeys: ['k'], keyType })
      expect(coordinators).toMatchObject([{ key: 'k', nodeId: -1, host: '', port: -1 }])
      expect(errorName(coordinators[0]?.errorCode ?? 0)).toBe('INVALID_REQUEST')
    }
    expect(cluster.broker().image.topic('__consumer_offsets')).toBeUndefined()
  })
})
