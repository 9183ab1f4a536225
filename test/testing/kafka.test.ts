import { describe, expect, onTestFinished, test } from 'vitest'
import { errorName } from '../../src/protocol/errors.ts'
import { DescribeGroups } from '../../src/protocol/messages/describe-groups.ts'
import { Fetch } from '../../src/protocol/messages/fetch.ts'
import { FindCoordinator } from '../../src/protocol/messages/find-coordinator.ts'
import { Heartbeat } from '../../src/protocol/messages/heartbeat.ts'
import { ListOffsets } from '../../src/protocol/messages/list-offsets.ts'
import { Metadata } from '../../src/protocol/messages/metadata.ts'
import { OffsetFetch } from '../../src/protocol/messages/offset-fetch.ts'
import { Produce } from '../../src/protocol/messages/produce.ts'
import { KafkaResponse, kafka } from '../../src/testing/index.ts'
import { fetch, fetchedOf, fetchOf, produce, requestOf, start, topicId } from './fixture.ts'

describe('an error', () => {
  test('is for the partitions that a handler names; the rest of the request goes its way', async () => {
    const { cluster, client } = await start()
    cluster.use(kafka.produce({ topic: 'orders', partition: 1 }, () => KafkaResponse.error('NOT_LEADER_OR_FOLLOWER')))
    expect(await produce(client, { orders: [0, 1, 2], bills: [1] })).toEqual([
      'orders/0 NONE',
      'orders/1 NOT_LEADER_OR_FOLLOWER',
      'orders/2 NONE',
      'bills/1 NONE',
    ])
    expect([0, 1, 2].map((index) => cluster.partition('orders', index).logEndOffset)).toEqual([1, 0, 1])
  })

  test('finds a topic by its name where the request has but its id, and by its id', async () => {
    const { cluster, client } = await start()
    const [orders, bills] = [await topicId(client, 'orders'), await topicId(client, 'bills')]
    cluster.use(
      kafka.produce({ topic: 'orders' }, () => KafkaResponse.error('KAFKA_STORAGE_ERROR')),
      kafka.produce({ topic: bills }, () => KafkaResponse.error('MESSAGE_TOO_LARGE')),
    )
    const [first, second] = requestOf({ orders: [0], bills: [0] }).topicData
    const { responses } = await client.send(Produce, 13, {
      acks: -1,
      topicData: [
        { topicId: orders, partitionData: first?.partitionData },
        { topicId: bills, partitionData: second?.partitionData },
      ],
    })
    expect(responses.map(({ partitionResponses: [partition] }) => errorName(partition?.errorCode ?? 0))).toEqual([
      'KAFKA_STORAGE_ERROR',
      'MESSAGE_TOO_LARGE',
    ])
    expect(await produce(client, { bills: [0] })).toEqual(['bills/0 MESSAGE_TOO_LARGE'])
  })

  test('stands where Kafka has it: in the answer itself, or beside each partition', async () => {
    const { cluster, client } = await start()
    cluster.use(
      kafka.heartbeat({ group: 'billing' }, () => KafkaResponse.error('REBALANCE_IN_PROGRESS')),
      kafka.listOffsets({}, () => KafkaResponse.error('UNKNOWN_TOPIC_OR_PARTITION')),
      kafka.offsetFetch({ group: 'billing' }, () => KafkaResponse.error('NOT_COORDINATOR')),
    )
    const beat = await client.send(Heartbeat, 4, { groupId: 'billing', memberId: 'm', generationId: 1 })
    expect(errorName(beat.errorCode)).toBe('REBALANCE_IN_PROGRESS')
    const { topics } = await client.send(ListOffsets, 5, {
      topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
    })
    expect(topics).toMatchObject([{ name: 'orders', partitions: [{ errorCode: 3, offset: -1, timestamp: -1 }] }])
    await client.send(FindCoordinator, 4, { keyType: 0, coordinatorKeys: ['orders'] })
    const asked = [
      { groupId: 'orders', topics: [] },
      { groupId: 'billing', topics: null },
    ]
    const { groups } = await client.send(OffsetFetch, 8, { groups: asked })
    expect(groups).toMatchObject([
      { groupId: 'orders', errorCode: 0 },
      { groupId: 'billing', errorCode: 16, topics: [] },
    ])
  })

  test('of a partition that consumers ask for is told at once, though there is nothing new', async () => {
    const { cluster, client } = await start({ clock: 'virtual' })
    cluster.use(kafka.fetch({ topic: 'orders', partition: 0 }, () => KafkaResponse.error('OFFSET_OUT_OF_RANGE')))
    // The clock stands still: whoever waited for more would wait for ever.
    expect(await fetch(client, { orders: [0], bills: [0] }, { maxWaitMs: 30_000, minBytes: 1 })).toEqual([
      'orders/0 OFFSET_OUT_OF_RANGE',
      'bills/0',
    ])
  })

  test('finds a partition in a fetch session that the request does not name, and leaves the session as it is', async () => {
    const { cluster, client } = await start()
    const first = await client.send(Fetch, 12, fetchOf({ orders: [0], bills: [0] }, { sessionEpoch: 0 }))
    const { sessionId } = first
    cluster.use(kafka.fetch({ topic: 'orders' }, () => KafkaResponse.error('NOT_LEADER_OR_FOLLOWER'), { once: true }))
    const next = (sessionEpoch: number) => client.send(Fetch, 12, { maxWaitMs: 0, sessionId, sessionEpoch, topics: [] })
    const failed = await next(1)
    expect(failed).toMatchObject({ errorCode: 0, sessionId })
    expect(fetchedOf(failed)).toEqual(['orders/0 NOT_LEADER_OR_FOLLOWER'])
    await produce(client, { orders: [0] })
    expect(fetchedOf(await next(2))).toEqual(['orders/0 0:v0'])
  })

  test('finds a topic in the answer to a request for all of them', async () => {
    const { cluster, client } = await start()
    const handler = kafka.metadata({ topic: 'orders' }, () => KafkaResponse.error('LEADER_NOT_AVAILABLE'), { times: 1 })
    cluster.use(handler)
    await client.send(Metadata, 9, { topics: [{ name: 'bills' }] })
    expect(cluster.calls(handler)).toEqual([])
    const { topics, brokers } = await client.send(Metadata, 9, { topics: null })
    const errors = Object.fromEntries(topics.map(({ name, errorCode }) => [name, errorName(errorCode)]))
    expect(errors).toEqual({ orders: 'LEADER_NOT_AVAILABLE', bills: 'NONE' })
    expect(topics.find(({ name }) => name === 'bills')?.partitions).toHaveLength(3)
    expect(brokers).toHaveLength(1)
    expect(cluster.calls(handler)).toMatchObject([{ api: 'Metadata', match: { entities: [{ topic: 'orders' }] } }])
  })

  test('of a topic leaves the brokers in the answer, and creates nothing', async () => {
    const { cluster, client } = await start()
    cluster.use(kafka.metadata({ topic: 'new' }, () => KafkaResponse.error('TOPIC_AUTHORIZATION_FAILED')))
    const { topics, brokers } = await client.send(Metadata, 9, {
      topics: [{ name: 'new' }],
      allowAutoTopicCreation: true,
    })
    expect(topics).toMatchObject([{ name: 'new', errorCode: 29, partitions: [] }])
    expect(brokers).toHaveLength(1)
    expect((await client.send(Metadata, 9, { topics: null })).topics.map(({ name }) => name)).not.toContain('new')
  })

  test('of a partition in Metadata stands beside the partition', async () => {
    const { cluster, client } = await start()
    cluster.use(kafka.metadata({ topic: 'orders', partition: 1 }, () => KafkaResponse.error('LEADER_NOT_AVAILABLE')))
    const { topics } = await client.send(Metadata, 9, { topics: [{ name: 'orders' }] })
    expect(topics[0]?.errorCode).toBe(0)
    expect(topics[0]?.partitions.map(({ partitionIndex, errorCode }) => [partitionIndex, errorCode])).toEqual(
      expect.arrayContaining([
        [0, 0],
        [1, 5],
        [2, 0],
      ]),
    )
  })

  test('for a producer with acks=0 ends its connection', async () => {
    const { cluster, client, connect } = await start()
    cluster.use(kafka.produce({ topic: 'orders', acks: 0 }, () => KafkaResponse.error('NOT_LEADER_OR_FOLLOWER')))
    const closed = new Promise((resolve) => client.stream.on('close', resolve))
    client.post(Produce, 9, requestOf({ orders: [0], bills: [0] }, 0))
    await closed
    expect([cluster.partition('orders', 0).logEndOffset, cluster.partition('bills', 0).logEndOffset]).toEqual([0, 1])
    expect(await produce(connect(), { orders: [0] })).toEqual(['orders/0 NONE'])
  })

  test('that says that the work was done comes after it, unless the handler says otherwise', async () => {
    const { cluster, client } = await start()
    cluster.use(
      kafka.produce({ topic: 'orders', partition: 0 }, () => KafkaResponse.error('REQUEST_TIMED_OUT')),
      kafka.produce({ topic: 'orders', partition: 1 }, () => KafkaResponse.error('REQUEST_TIMED_OUT'), {
        at: 'before',
      }),
      kafka.produce({ topic: 'orders', partition: 2 }, () => KafkaResponse.error('MESSAGE_TOO_LARGE'), { at: 'after' }),
    )
    expect(await produce(client, { orders: [0, 1, 2] })).toEqual([
      'orders/0 REQUEST_TIMED_OUT',
      'orders/1 REQUEST_TIMED_OUT',
      'orders/2 MESSAGE_TOO_LARGE',
    ])
    expect([0, 1, 2].map((index) => cluster.partition('orders', index).logEndOffset)).toEqual([1, 0, 1])
  })

  test('finds a group among the keys of coordinators, and among those that are described', async () => {
    const { cluster, client } = await start()
    cluster.use(
      kafka.findCoordinator({ group: 'billing' }, () => KafkaResponse.error('COORDINATOR_NOT_AVAILABLE')),
      kafka.describeGroups({ group: /^bill/ }, () => KafkaResponse.error('GROUP_AUTHORIZATION_FAILED')),
    )
    const found = await client.send(FindCoordinator, 4, { keyType: 0, coordinatorKeys: ['billing', 'shipping'] })
    expect(found.coordinators).toMatchObject([
      { key: 'billing', errorCode: 15, nodeId: -1, port: -1 },
      { key: 'shipping', errorCode: 0, nodeId: 1 },
    ])
    const transactions = await client.send(FindCoordinator, 4, { keyType: 1, coordinatorKeys: ['billing'] })
    expect(transactions.coordinators).toMatchObject([{ key: 'billing', errorCode: 0 }])
    const { groups } = await client.send(DescribeGroups, 5, { groups: ['shipping', 'billing'] })
    expect(groups.map(({ groupId, errorCode }) => [groupId, errorCode])).toEqual([
      ['shipping', 0],
      ['billing', 30],
    ])
  })
})

describe('handlers', () => {
  test('share a request: each entry goes to the newest that matches it, and the answers are one', async () => {
    const { cluster, client } = await start()
    const older = kafka.produce({ topic: 'orders' }, () => KafkaResponse.error('NOT_ENOUGH_REPLICAS'))
    const newer = kafka.produce({ partition: 1 }, () => KafkaResponse.error('CORRUPT_MESSAGE'))
    cluster.use(older)
    cluster.use(newer)
    cluster.use(kafka.produce({ topic: 'orders', partition: 2 }, ({ passthrough }) => passthrough()))
    expect(await produce(client, { orders: [0, 1, 2], bills: [0, 1] })).toEqual([
      'orders/0 NOT_ENOUGH_REPLICAS',
      'orders/1 CORRUPT_MESSAGE',
      'orders/2 NONE',
      'bills/0 NONE',
      'bills/1 CORRUPT_MESSAGE',
    ])
    const entities = (handler: typeof older) => cluster.calls(handler).flatMap(({ match }) => match.entities)
    expect(entities(older)).toMatchObject([{ topic: 'orders', partition: 0 }])
    expect(entities(newer)).toMatchObject([
      { topic: 'orders', partition: 1 },
      { topic: 'bills', partition: 1 },
    ])
  })

  test('are about a client, a version, a field of the request, or what a function says', async () => {
    const { cluster, client } = await start()
    const failed = async (handler: ReturnType<typeof kafka.produce>, how: Parameters<typeof produce>[2]) => {
      using _ = cluster.use(handler as never)
      return (await produce(client, { orders: [0] }, how))[0] !== 'orders/0 NONE'
    }
    const error = () => KafkaResponse.error('NOT_ENOUGH_REPLICAS')
    expect(await failed(kafka.produce({ clientId: /^bill/ }, error), { clientId: 'billing' })).toBe(true)
    expect(await failed(kafka.produce({ clientId: /^bill/ }, error), { clientId: 'shipping' })).toBe(false)
    expect(await failed(kafka.produce({ version: 8 }, error), { version: 8 })).toBe(true)
    expect(await failed(kafka.produce({ version: 8 }, error), { version: 9 })).toBe(false)
    expect(await failed(kafka.produce({ acks: 1 }, error), { acks: 1 })).toBe(true)
    expect(await failed(kafka.produce({ acks: 1 }, error), { acks: -1 })).toBe(false)
    expect(
      await failed(
        kafka.produce(({ timeoutMs }) => timeoutMs === 1000, error),
        {},
      ),
    ).toBe(true)
    expect(
      await failed(
        kafka.produce(({ timeoutMs }) => timeoutMs === 1, error),
        {},
      ),
    ).toBe(false)
  })

  test('of all APIs are about one node', async () => {
    const { cluster } = await start({ brokers: 2 })
    const seen: string[] = []
    cluster.use(
      kafka.all({ node: 2 }, ({ api, nodeId, broker }) => {
        seen.push(`${api} ${nodeId} ${broker === cluster.broker(2)}`)
        return undefined
      }),
    )
    for (const node of [1, 2]) {
      const { WireClient } = await import('../wire-client.ts')
      await new WireClient(cluster.connect(node)).send(Metadata, 9, { topics: [] })
    }
    expect(seen).toEqual(['Metadata 2 true'])
  })

  test('act once, so many times, later, or while something holds', async () => {
    const { cluster, client } = await start()
    const outcomes = async (options: object) => {
      using _ = cluster.use(
        kafka.produce({ topic: 'orders' }, () => KafkaResponse.error('NOT_ENOUGH_REPLICAS'), options),
      )
      const told: string[] = []
      for (let i = 0; i < 4; i++) told.push(...(await produce(client, { orders: [0] })))
      return told.map((line) => (line.endsWith('NONE') ? '.' : 'x')).join('')
    }
    expect(await outcomes({})).toBe('xxxx')
    expect(await outcomes({ once: true })).toBe('x...')
    expect(await outcomes({ times: 2 })).toBe('xx..')
    expect(await outcomes({ skip: 1, times: 2 })).toBe('.xx.')
    expect(await outcomes({ probability: 0 })).toBe('....')
    expect(await outcomes({ probability: 1 })).toBe('xxxx')
    expect(await outcomes({ when: () => false })).toBe('....')
  })

  test('act by chance as the seed has it', async () => {
    const outcomes = async (seed: number) => {
      const { cluster, client } = await start({ seed })
      cluster.use(kafka.produce({}, () => KafkaResponse.error('NOT_ENOUGH_REPLICAS'), { probability: 0.5 }))
      const told: string[] = []
      for (let i = 0; i < 20; i++) told.push(...(await produce(client, { orders: [0] })))
      return told.map((line) => (line.endsWith('NONE') ? '.' : 'x')).join('')
    }
    const first = await outcomes(1)
    expect(first).toMatch(/x/)
    expect(first).toMatch(/\./)
    expect(await outcomes(1)).toBe(first)
    expect(await outcomes(2)).not.toBe(first)
  })

  test('spend a once at the match, before anything is awaited', async () => {
    const { cluster, client, connect } = await start()
    let answer = (): void => {}
    const held = new Promise<void>((resolve) => {
      answer = resolve
    })
    const handler = kafka.produce(
      { topic: 'orders' },
      async () => {
        await held
        return KafkaResponse.error('NOT_ENOUGH_REPLICAS')
      },
      { once: true },
    )
    cluster.use(handler)
    const first = produce(client, { orders: [0] })
    expect(await produce(connect(), { orders: [0] })).toEqual(['orders/0 NONE'])
    answer()
    expect(await first).toEqual(['orders/0 NOT_ENOUGH_REPLICAS'])
    cluster.restoreHandlers()
    expect(await produce(connect(), { orders: [0] })).toEqual(['orders/0 NOT_ENOUGH_REPLICAS'])
    expect(cluster.calls(handler)).toHaveLength(2)
    cluster.resetHandlers()
    expect(cluster.calls(handler)).toEqual([])
  })
})

describe('a resolver', () => {
  test('throws its answer, if it likes', async () => {
    const { cluster, client } = await start()
    cluster.use(
      kafka.produce({ topic: 'orders' }, async () => {
        throw KafkaResponse.error('INVALID_RECORD', 'no customer')
      }),
    )
    const { responses } = await client.send(Produce, 9, requestOf({ orders: [0] }))
    expect(responses[0]?.partitionResponses[0]).toMatchObject({
      errorCode: 87,
      errorMessage: 'no customer',
      baseOffset: -1,
    })
  })

  test('that throws anything else ends its connection, and is told of with its place', async () => {
    const { cluster, client, connect } = await start()
    const told: unknown[] = []
    cluster.events.on('unhandledException', ({ error, handler }) =>
      told.push([error, handler?.description, handler?.madeAt]),
    )
    const bug = new Error('a bug in a test')
    const remove = cluster.use(
      kafka.produce({ topic: 'orders' }, () => {
        throw bug
      }),
    )
    await expect(produce(client, { orders: [0] })).rejects.toThrow(/closed/)
    expect(told).toEqual([
      [bug, "kafka.produce({ topic: 'orders' })", expect.stringMatching(/kafka\.test\.ts:\d+:\d+$/)],
    ])
    remove()
    expect(await produce(connect(), { orders: [0] })).toEqual(['orders/0 NONE'])
  })

  test('has the work done, and changes the answer', async () => {
    const { cluster, client } = await start()
    cluster.use(
      kafka.produce({ topic: 'orders' }, async ({ perform }) => {
        const response = await perform()
        for (const { partitionResponses } of response?.responses ?? []) {
          for (const partition of partitionResponses) partition.baseOffset += 100
        }
        return response
      }),
    )
    const { responses } = await client.send(Produce, 9, requestOf({ orders: [0], bills: [0] }))
    expect(responses.map(({ partitionResponses: [partition] }) => partition?.baseOffset)).toEqual([100, 100])
    expect(cluster.partition('orders', 0).logEndOffset).toBe(1)
  })

  test('waits on the cluster’s clock', async () => {
    const { cluster, client } = await start({ clock: 'virtual' })
    cluster.use(
      kafka.produce({ topic: 'orders' }, async ({ delay, passthrough }) => {
        await delay(60_000)
        return passthrough()
      }),
    )
    const produced = produce(client, { orders: [0] })
    await cluster.clock.advance(59_999)
    expect(cluster.partition('orders', 0).logEndOffset).toBe(0)
    await cluster.clock.advance(1)
    expect(await produced).toEqual(['orders/0 NONE'])
  })

  test('hears when its client is gone, when handlers are reset, and when the cluster stops', async () => {
    const { cluster, connect } = await start({ clock: 'virtual' })
    const ends: Promise<unknown>[] = []
    const asked = () =>
      new Promise<void>((resolve) => {
        cluster.use(
          kafka.produce({ topic: 'orders' }, async ({ signal, delay }) => {
            resolve()
            const end = new Promise((settle) => {
              signal.addEventListener('abort', () => settle(String(signal.reason)))
            })
            ends.push(end)
            await delay(60_000)
            return undefined
          }),
        )
      })
    const hold = async () => {
      const reached = asked()
      const client = connect()
      const outcome = produce(client, { orders: [0] }).catch((error: Error) => error.message)
      await reached
      return { client, outcome }
    }
    const gone = await hold()
    gone.client.close()
    expect(await ends[0]).toMatch(/connection is closed/)
    const reset = await hold()
    cluster.resetHandlers()
    expect(await ends[1]).toMatch(/handlers were reset/)
    expect(await reset.outcome).toEqual(['orders/0 NONE'])
    const stopped = await hold()
    await cluster.stop()
    expect(await ends[2]).toMatch(/cluster was stopped/)
    expect(await stopped.outcome).toMatch(/closed/)
  })
})

test('a resolver hears when its broker is killed', async () => {
  const { cluster, client } = await start()
  const aborted = new Promise((resolve) => {
    cluster.use(
      kafka.produce({ topic: 'orders' }, async ({ broker, signal }) => {
        signal.addEventListener('abort', () => resolve(broker.isRunning))
        await broker.kill()
        return undefined
      }),
    )
  })
  await expect(produce(client, { orders: [0] })).rejects.toThrow(/closed/)
  expect(await aborted).toBe(false)
  await cluster.broker(1).start()
  expect(cluster.partition('orders', 0).logEndOffset).toBe(0)
})

describe('gate', () => {
  test('holds what matches until it is opened', async () => {
    const { cluster, client, connect } = await start()
    const gate = cluster.gate(kafka.produce({ topic: 'orders' }))
    const produced = produce(client, { orders: [0] }, { clientId: 'billing' })
    expect(await gate.reached).toMatchObject({ api: 'Produce', client: { id: 'billing' } })
    expect(gate.held).toBe(1)
    expect(cluster.partition('orders', 0).logEndOffset).toBe(0)
    expect(await produce(connect(), { bills: [0] })).toEqual(['bills/0 NONE'])
    gate.open()
    expect(await produced).toEqual(['orders/0 NONE'])
    expect(gate.held).toBe(0)
    expect(cluster.listHandlers()).toEqual([])
  })

  test('holds the answer once the work is done', async () => {
    const { cluster, client } = await start()
    const gate = cluster.gate(kafka.produce({ topic: 'orders' }), { at: 'after' })
    const produced = produce(client, { orders: [0] })
    await gate.reached
    expect(cluster.partition('orders', 0).logEndOffset).toBe(1)
    gate.open()
    expect(await produced).toEqual(['orders/0 NONE'])
  })

  test('lets the next handler answer what it held', async () => {
    const { cluster, client } = await start()
    cluster.use(kafka.produce({ topic: 'orders' }, () => KafkaResponse.error('NOT_ENOUGH_REPLICAS')))
    const gate = cluster.gate(kafka.produce())
    const produced = produce(client, { orders: [0] })
    await gate.reached
    gate.open()
    expect(await produced).toEqual(['orders/0 NOT_ENOUGH_REPLICAS'])
  })

  test('is opened when handlers are reset, and keeps no cluster from stopping', async () => {
    const { cluster, client, connect } = await start()
    const gate = cluster.gate(kafka.produce())
    const produced = produce(client, { orders: [0] })
    await gate.reached
    cluster.resetHandlers()
    expect(await produced).toEqual(['orders/0 NONE'])
    const other = cluster.gate(kafka.produce())
    const unreached = cluster.gate(kafka.joinGroup({ group: 'billing' }))
    const lost = produce(connect(), { orders: [0] }).catch((error: Error) => error.message)
    await other.reached
    await cluster.stop()
    expect(await lost).toMatch(/closed/)
    await expect(unreached.reached).rejects.toThrow(
      "no request reached the gate(kafka.joinGroup({ group: 'billing' }))",
    )
  })
})

describe('a mistake is told with what to write instead', () => {
  test.each([
    [() => KafkaResponse.error('NOT_LEADER' as never), /no error NOT_LEADER, NOT_LEADER_OR_FOLLOWER is meant\?/],
    [() => KafkaResponse.corrupt('crc32' as never), /no 'crc32'; there are crc, truncated, frame, garbage/],
    [
      () => (kafka as never as { prodcue(): void }).prodcue(),
      /kafka\.prodcue: there is no such API; kafka\.produce is meant\?/,
    ],
    [() => kafka.produce({ topik: 'orders' } as never), /kafka\.produce: there is no 'topik', topic is meant\?/],
    [() => kafka.heartbeat({ topic: 'orders' }), /a Heartbeat request tells no topic; it tells group, member/],
    [() => kafka.produce({ partition: '0' as never }), /partition is a number, not '0'/],
    [
      () => kafka.produce({}, (() => undefined) as never, { tiems: 2 } as never),
      /no option 'tiems'; there are once, times/,
    ],
    [() => kafka.produce({}, (() => undefined) as never, { times: 0 }), /times is a whole number from 1 on, not 0/],
    [() => kafka.produce({}, KafkaResponse.drop() as never), /a resolver is a function/],
  ])('%s', (mistake, message) => {
    expect(mistake).toThrow(message)
  })

  test('a matcher is no handler, and a handler without requests is listed with its place', async () => {
    const { cluster } = await start()
    expect(() => cluster.use(kafka.produce() as never)).toThrow(
      /kafka\.produce has no resolver: give it one, or hand it to gate\(\)/,
    )
    expect(() => cluster.use(kafka.consumerGroupHeartbeat({}, () => KafkaResponse.drop()))).toThrow(
      /kafka\.consumerGroupHeartbeat would never be asked: ConsumerGroupHeartbeat is not served here/,
    )
    expect(() => cluster.gate({} as never)).toThrow(/gate\(\) wants a matcher/)
    const handler = kafka.joinGroup({ group: 'billing' }, () => KafkaResponse.disconnect(), { once: true })
    cluster.use(handler)
    expect(cluster.listHandlers().map(({ description }) => description)).toEqual([
      "kafka.joinGroup({ group: 'billing' })",
    ])
    expect(handler.madeAt).toMatch(/kafka\.test\.ts:\d+:\d+$/)
  })

  test('kafka is looked at by tools without a word', async () => {
    for (const name of ['then', 'toJSON', '$$typeof', 'asymmetricMatch', 'nodeType', 'constructor']) {
      expect(() => Reflect.get(kafka, name)).not.toThrow()
    }
    expect(await Promise.resolve(kafka)).toBe(kafka)
  })
})

test('a handler in use is taken away at the end of its block', async () => {
  const { cluster, client } = await start()
  {
    using _ = cluster.use(kafka.produce({}, () => KafkaResponse.error('NOT_ENOUGH_REPLICAS')))
    expect(await produce(client, { orders: [0] })).toEqual(['orders/0 NOT_ENOUGH_REPLICAS'])
  }
  onTestFinished(() => {})
  expect(await produce(client, { orders: [0] })).toEqual(['orders/0 NONE'])
})
