import { describe, expect, test } from 'vitest'
import { KafkaCluster } from '../../src/index.ts'
import { ErrorCode } from '../../src/protocol/errors.ts'
import { Fetch, type FetchResponse } from '../../src/protocol/messages/fetch.ts'
import { ListOffsets } from '../../src/protocol/messages/list-offsets.ts'
import { Metadata } from '../../src/protocol/messages/metadata.ts'
import { OffsetFetch } from '../../src/protocol/messages/offset-fetch.ts'
import { Produce } from '../../src/protocol/messages/produce.ts'
import { KafkaProxy } from '../../src/proxy/kafka-proxy.ts'
import { KafkaResponse, kafka, respond } from '../../src/testing/index.ts'
import { batchOf } from '../broker/batches.ts'
import { WireClient } from '../wire-client.ts'

const PARTITIONS = 3

async function behind(): Promise<{
  readonly cluster: KafkaCluster
  readonly proxy: KafkaProxy
  readonly client: WireClient
  readonly topicId: string
  [Symbol.asyncDispose](): Promise<void>
}> {
  const cluster = await KafkaCluster.start({ topics: { orders: { partitions: PARTITIONS }, bills: {} } })
  const proxy = await KafkaProxy.start({ upstream: cluster.bootstrapServers })
  const client = await WireClient.to(proxy.bootstrapServers[0] as string)
  const { topics } = await client.send(Metadata, 12, { topics: [{ name: 'orders' }] })
  return {
    cluster,
    proxy,
    client,
    topicId: topics[0]?.topicId as string,
    [Symbol.asyncDispose]: async () => {
      client.close()
      await proxy.stop()
      await cluster.stop()
    },
  }
}

const records = (): Buffer[] => [batchOf(1)]

const produced = (client: WireClient, partitions: readonly number[], acks = -1) => {
  const partitionData = partitions.map((index) => ({ index, records: records() }))
  return client.send(Produce, 9, { acks, timeoutMs: 1000, topicData: [{ name: 'orders', partitionData }] })
}

const errorsOf = ({ responses }: FetchResponse): readonly (readonly number[])[] =>
  responses.flatMap(({ partitions }) =>
    partitions.map(({ partitionIndex, errorCode }) => [partitionIndex, errorCode] as const),
  )

describe('a handler before a cluster that is there already', () => {
  test('answers for one partition of a Produce with an error, and the others are appended', async () => {
    await using it = await behind()
    const { proxy, client, cluster } = it
    const handler = kafka.produce({ topic: 'orders', partition: 1 }, () =>
      KafkaResponse.error('NOT_LEADER_OR_FOLLOWER'),
    )
    proxy.use(handler)
    const { responses } = await produced(client, [0, 1, 2])
    expect(responses[0]?.partitionResponses.map(({ index, errorCode }) => [index, errorCode])).toEqual([
      [0, 0],
      [1, ErrorCode.NOT_LEADER_OR_FOLLOWER],
      [2, 0],
    ])
    expect([0, 1, 2].map((index) => cluster.partition('orders', index).logEndOffset)).toEqual([1, 0, 1])
    expect(proxy.calls(handler)).toMatchObject([{ api: 'Produce', nodeId: 1, client: { id: 'wire-client' } }])
    proxy.resetHandlers()
    expect((await produced(client, [1])).responses[0]?.partitionResponses[0]?.errorCode).toBe(0)
  })

  test('puts its error over the answer once upstream has done the work', async () => {
    await using it = await behind()
    const { proxy, client, cluster } = it
    proxy.use(kafka.produce({ topic: 'orders' }, () => KafkaResponse.error('REQUEST_TIMED_OUT'), { once: true }))
    const { responses } = await produced(client, [2])
    expect(responses[0]?.partitionResponses[0]?.errorCode).toBe(ErrorCode.REQUEST_TIMED_OUT)
    expect(cluster.partition('orders', 2).logEndOffset).toBe(1)
  })

  test('is about a partition that a fetch session has, and that its request does not name', async () => {
    await using it = await behind()
    const { proxy, client, topicId, cluster } = it
    await produced(client, [0, 1, 2])
    const partitions = [0, 1, 2].map((partition) => ({ partition, partitionMaxBytes: 1000 }))
    const first = await client.send(Fetch, 13, { sessionEpoch: 0, maxBytes: 9999, topics: [{ topicId, partitions }] })
    expect(first.sessionId).toBeGreaterThan(0)
    const next = (sessionEpoch: number) =>
      client.send(Fetch, 13, { sessionId: first.sessionId, sessionEpoch, maxBytes: 9999, topics: [] })
    const handler = kafka.fetch({ topic: 'orders', partition: 1 }, () => KafkaResponse.error('KAFKA_STORAGE_ERROR'))
    proxy.use(handler)
    // Of the others nothing is new: a session's answer tells of what changed alone.
    expect(errorsOf(await next(1)).filter(([, error]) => error !== 0)).toEqual([[1, ErrorCode.KAFKA_STORAGE_ERROR]])
    expect(proxy.calls(handler)[0]?.match.entities).toMatchObject([{ topic: 'orders', partition: 1 }])
    proxy.resetHandlers()
    await cluster.partition('orders', 0).append({ value: 'more' })
    expect(errorsOf(await next(2))).toContainEqual([0, 0])
    // A session that has let go of a partition is about it no longer.
    const forgotten = {
      sessionId: first.sessionId,
      sessionEpoch: 3,
      forgottenTopicsData: [{ topicId, partitions: [1] }],
    }
    await client.send(Fetch, 13, { ...forgotten, maxBytes: 9999 })
    proxy.use(handler)
    await next(4)
    expect(proxy.calls(handler)).toEqual([])
  })

  test('is about a topic that a request names by its id, by the Metadata that was seen', async () => {
    await using it = await behind()
    const { proxy, client, topicId } = it
    const handler = kafka.fetch({ topic: 'orders' }, () => KafkaResponse.error('KAFKA_STORAGE_ERROR'))
    proxy.use(handler)
    const partitions = [{ partition: 0, partitionMaxBytes: 1000 }]
    const answer = await client.send(Fetch, 16, { sessionEpoch: -1, maxBytes: 9999, topics: [{ topicId, partitions }] })
    expect(errorsOf(answer)).toEqual([[0, ErrorCode.KAFKA_STORAGE_ERROR]])
  })

  test('tells who leads beside an error that says that another broker does, as the Metadata that was seen had it', async () => {
    await using it = await behind()
    const { proxy, client, topicId } = it
    const moved = () => KafkaResponse.error('NOT_LEADER_OR_FOLLOWER')
    proxy.use(kafka.fetch({ topic: 'orders' }, moved), kafka.produce({ topic: 'orders' }, moved))
    const [host, port] = (proxy.bootstrapServers[0] as string).split(':')
    const nodeEndpoints = [{ nodeId: 1, host, port: Number(port), rack: null }]
    const currentLeader = { leaderId: 1, leaderEpoch: 0 }
    const partitions = [{ partition: 2, partitionMaxBytes: 1000 }]
    const fetched = await client.send(Fetch, 17, { sessionEpoch: -1, maxBytes: 9, topics: [{ topicId, partitions }] })
    expect(fetched.responses[0]?.partitions).toMatchObject([{ partitionIndex: 2, currentLeader }])
    expect(fetched.nodeEndpoints).toMatchObject(nodeEndpoints)
    const topicData = [{ name: 'orders', partitionData: [{ index: 0, records: records() }] }]
    const answer = await client.send(Produce, 11, { acks: -1, timeoutMs: 1000, topicData })
    expect(answer.responses[0]?.partitionResponses).toMatchObject([{ index: 0, currentLeader }])
    expect(answer.nodeEndpoints).toMatchObject(nodeEndpoints)
  })

  test('is about the topics that a null list stands for, as the answer tells them', async () => {
    await using it = await behind()
    const { proxy, client } = it
    proxy.use(kafka.metadata({ topic: 'bills' }, () => KafkaResponse.error('TOPIC_AUTHORIZATION_FAILED')))
    const { topics } = await client.send(Metadata, 12, { topics: null })
    expect(Object.fromEntries(topics.map(({ name, errorCode }) => [name, errorCode]))).toEqual({
      orders: 0,
      bills: ErrorCode.TOPIC_AUTHORIZATION_FAILED,
    })
    proxy.use(kafka.offsetFetch({ group: 'billing' }, () => KafkaResponse.error('NOT_COORDINATOR')))
    const { groups } = await client.send(OffsetFetch, 8, { groups: [{ groupId: 'billing', topics: null }] })
    expect(groups).toMatchObject([{ groupId: 'billing', errorCode: ErrorCode.NOT_COORDINATOR }])
  })

  test('closes the connection of a producer that wants no answer', async () => {
    await using it = await behind()
    const { proxy, client, cluster } = it
    proxy.use(kafka.produce({ topic: 'orders', partition: 1 }, () => KafkaResponse.error('NOT_LEADER_OR_FOLLOWER')))
    const partitionData = [{ index: 0, records: records() }]
    const topicData = [{ name: 'orders', partitionData }]
    client.post(Produce, 9, { acks: 0, timeoutMs: 1000, topicData })
    expect(await client.send(Metadata, 1, { topics: [] })).toBeDefined()
    expect(cluster.partition('orders', 0).logEndOffset).toBe(1)
    const closed = new Promise((resolve) => client.stream.once('close', resolve))
    client.post(Produce, 9, {
      acks: 0,
      timeoutMs: 1000,
      topicData: [{ name: 'orders', partitionData: [{ index: 1, records: records() }] }],
    })
    await closed
    expect(cluster.partition('orders', 1).logEndOffset).toBe(0)
  })

  test('changes the answer that upstream gave, and no more of it than that', async () => {
    await using it = await behind()
    const { proxy, client } = it
    proxy.use(
      respond(ListOffsets, async ({ perform }) => {
        const answer = await perform()
        const [partition] = answer?.topics[0]?.partitions ?? []
        if (partition !== undefined) partition.offset = 42
        return answer
      }),
    )
    const partitions = [0, 1].map((partitionIndex) => ({ partitionIndex, timestamp: -1 }))
    const { topics } = await client.send(ListOffsets, 7, { replicaId: -1, topics: [{ name: 'orders', partitions }] })
    expect(topics[0]?.partitions.map(({ partitionIndex, offset }) => [partitionIndex, offset])).toEqual([
      [0, 42],
      [1, 0],
    ])
  })

  test('is a gate that holds a request, and all behind it on the connection', async () => {
    await using it = await behind()
    const { proxy, client, cluster } = it
    const gate = proxy.gate(kafka.produce({ topic: 'orders' }))
    const order: string[] = []
    const first = produced(client, [0]).then(() => order.push('Produce'))
    const second = client.send(Metadata, 1, { topics: [] }).then(() => order.push('Metadata'))
    const held = await gate.reached
    expect(held).toMatchObject({ api: 'Produce', nodeId: 1 })
    expect(cluster.partition('orders', 0).logEndOffset).toBe(0)
    gate.open()
    await Promise.all([first, second])
    expect(order).toEqual(['Produce', 'Metadata'])
  })

  test('disconnects, and tells of it', async () => {
    await using it = await behind()
    const { proxy, client } = it
    const closes: unknown[] = []
    const closed = new Promise<void>((resolve) => {
      proxy.events.on('connection:close', ({ nodeId, reason }) => {
        closes.push({ nodeId, reason })
        resolve()
      })
    })
    proxy.use(kafka.metadata({}, () => KafkaResponse.disconnect()))
    await expect(client.send(Metadata, 1, { topics: [] })).rejects.toThrow('the connection was closed')
    await closed
    expect(closes).toEqual([{ nodeId: 1, reason: expect.stringContaining('closes the connection') }])
  })

  test('throttles, trickles and corrupts as before a broker of memkafka', async () => {
    await using it = await behind()
    const { proxy, client, topicId } = it
    await produced(client, [0])
    proxy.use(kafka.metadata({}, () => KafkaResponse.throttle(5), { once: true }))
    expect((await client.send(Metadata, 4, { topics: [] })).throttleTimeMs).toBe(5)
    proxy.use(kafka.metadata({}, () => KafkaResponse.trickle({ chunk: 7, delay: 0 }), { once: true }))
    expect((await client.send(Metadata, 4, { topics: [] })).brokers).toHaveLength(1)
    proxy.use(kafka.fetch({ topic: 'orders' }, () => KafkaResponse.corrupt('crc')))
    const partitions = [{ partition: 0, partitionMaxBytes: 1000 }]
    const request = { sessionEpoch: -1, maxBytes: 9999, topics: [{ topicId, partitions }] }
    const corrupt = (await client.send(Fetch, 16, request)).responses[0]?.partitions[0]?.records ?? []
    proxy.resetHandlers()
    const sound = (await client.send(Fetch, 16, request)).responses[0]?.partitions[0]?.records ?? []
    const [wrong, right] = [Buffer.concat(corrupt), Buffer.concat(sound)]
    expect(wrong.length).toBe(right.length)
    expect(wrong.readUInt32BE(17)).not.toBe(right.readUInt32BE(17))
  })

  test('that never acted is told of', async () => {
    await using it = await behind()
    const idle = kafka.heartbeat({}, () => undefined)
    it.proxy.use(idle)
    await it.client.send(Metadata, 1, { topics: [] })
    expect(it.proxy.neverFired()).toEqual([idle])
    expect(it.proxy.listHandlers()).toEqual([idle])
  })
})

test('what becomes of requests is in the timeline of a proxy that is to keep one', async () => {
  await using cluster = await KafkaCluster.start({ topics: { orders: {} } })
  await using proxy = await KafkaProxy.start({ upstream: cluster.bootstrapServers, timeline: true })
  proxy.use(kafka.produce({ topic: 'orders' }, () => KafkaResponse.error('NOT_LEADER_OR_FOLLOWER')))
  const client = await WireClient.to(proxy.bootstrapServers[0] as string)
  await produced(client, [0])
  client.close()
  expect(proxy.timeline.toString()).toContain('Produce v9 orders/0: NOT_LEADER_OR_FOLLOWER')
})
