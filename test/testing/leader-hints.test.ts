import { describe, expect, test } from 'vitest'
import { errorName } from '../../src/protocol/errors.ts'
import { Fetch } from '../../src/protocol/messages/fetch.ts'
import { FindCoordinator } from '../../src/protocol/messages/find-coordinator.ts'
import { Produce } from '../../src/protocol/messages/produce.ts'
import { KafkaResponse, kafka } from '../../src/testing/index.ts'
import { fetchOf, requestOf, start, topicId } from './fixture.ts'

const moved = () => KafkaResponse.error('NOT_LEADER_OR_FOLLOWER')

/** KIP-951 */
describe('an error that says that another broker leads tells who does', () => {
  test.each([9, 10, 12])('to a Produce v%i since version 10', async (version) => {
    const { cluster, client } = await start()
    cluster.use(kafka.produce({ topic: 'orders', partition: 1 }, moved))
    const { responses, nodeEndpoints } = await client.send(Produce, version, requestOf({ orders: [0, 1] }))
    const told = responses[0]?.partitionResponses.map(({ index, errorCode, currentLeader }) => [
      index,
      errorName(errorCode),
      currentLeader.leaderId,
      currentLeader.leaderEpoch,
    ])
    const { leaderEpoch } = cluster.partition('orders', 1)
    expect(told).toEqual([
      [0, 'NONE', -1, -1],
      [1, 'NOT_LEADER_OR_FOLLOWER', ...(version < 10 ? [-1, -1] : [1, leaderEpoch])],
    ])
    const { host, port } = cluster.broker(1)
    expect(nodeEndpoints).toMatchObject(version < 10 ? [] : [{ nodeId: 1, host, port }])
  })

  test('to a Produce that names topics by id', async () => {
    const { cluster, client } = await start()
    cluster.use(kafka.produce({ topic: 'orders' }, moved))
    const id = await topicId(client, 'orders')
    const request = requestOf({ orders: [0] })
    const topicData = request.topicData.map(({ partitionData }) => ({ topicId: id, partitionData }))
    const { responses } = await client.send(Produce, 13, { ...request, topicData })
    expect(responses[0]?.partitionResponses[0]).toMatchObject({ errorCode: 6, currentLeader: { leaderId: 1 } })
  })

  test.each([15, 16, 17])('to a Fetch v%i since version 16, in its session too', async (version) => {
    const { cluster, client } = await start()
    const id = await topicId(client, 'orders')
    const { topics = [] } = fetchOf({ orders: [0, 1] })
    const request = { maxWaitMs: 0, topics: topics.map(({ partitions }) => ({ topicId: id, partitions })) }
    const { sessionId } = await client.send(Fetch, version, { ...request, sessionEpoch: 0 })
    cluster.use(kafka.fetch({ topic: 'orders', partition: 1 }, () => KafkaResponse.error('FENCED_LEADER_EPOCH')))
    const { responses, nodeEndpoints } = await client.send(Fetch, version, { maxWaitMs: 0, sessionId, sessionEpoch: 1 })
    const told = responses[0]?.partitions.map((one) => [one.partitionIndex, one.errorCode, one.currentLeader.leaderId])
    expect(told).toEqual([[1, 74, version < 16 ? -1 : 1]])
    expect(nodeEndpoints.map(({ nodeId }) => nodeId)).toEqual(version < 16 ? [] : [1])
  })

  test('and no other error does', async () => {
    const { cluster, client } = await start()
    cluster.use(kafka.produce({}, () => KafkaResponse.error('NOT_ENOUGH_REPLICAS')))
    const { responses, nodeEndpoints } = await client.send(Produce, 12, requestOf({ orders: [0] }))
    expect(responses[0]?.partitionResponses[0]?.currentLeader.leaderId).toBe(-1)
    expect(nodeEndpoints).toEqual([])
  })
})

describe('FindCoordinator tells its error in words', () => {
  test.each([1, 2, 3])('in version %i', async (version) => {
    const { cluster, client } = await start()
    const own = cluster.use(kafka.findCoordinator({ group: 'billing' }, () => KafkaResponse.error('INVALID_GROUP_ID')))
    const ask = () => client.send(FindCoordinator, version, { key: 'billing', keyType: 0 })
    expect(await ask()).toMatchObject({
      errorCode: 24,
      errorMessage: expect.stringMatching(/\w/),
      nodeId: -1,
      port: -1,
    })
    own()
    cluster.use(kafka.findCoordinator({}, () => KafkaResponse.error('INVALID_GROUP_ID', 'in words of a test')))
    expect((await ask()).errorMessage).toBe('in words of a test')
  })

  test('and before version 1, and for each key since version 4, not at all, as Kafka', async () => {
    const { cluster, client } = await start()
    cluster.use(kafka.findCoordinator({}, () => KafkaResponse.error('COORDINATOR_NOT_AVAILABLE')))
    expect((await client.send(FindCoordinator, 0, { key: 'billing' })).errorMessage).toBe('')
    const { coordinators } = await client.send(FindCoordinator, 4, { keyType: 0, coordinatorKeys: ['billing'] })
    expect(coordinators).toMatchObject([{ key: 'billing', errorCode: 15, errorMessage: '' }])
  })
})
