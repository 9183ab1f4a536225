import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { type ClusterOptions, KafkaCluster, RecordDecodingError, UnmetWaitError } from '../../../../src/index.ts'
import { buildMessageSet } from '../../../../src/protocol/records/message-set.ts'
import { Fetch, Produce } from '../../../../src/testing/index.ts'
import { WireClient } from '../../../wire-client.ts'

async function start(options: ClusterOptions = {}) {
  const cluster = await KafkaCluster.start({ topics: { orders: { partitions: 3 } }, ...options })
  onTestFinished(() => cluster.stop())
  return { cluster, orders: cluster.topic('orders') }
}

/** Lets nobody wait long for what does not come. */
const SOON = { timeout: 1 }

describe('what a test appends', () => {
  test('is read as it was given: text, bytes, and all that JSON can say', async () => {
    const { orders } = await start()
    const appended = await orders.append([
      { key: 'text', value: 'ä', partition: 0 },
      { key: Buffer.from([1, 2]), value: Buffer.from('bytes'), partition: 0 },
      { key: 7, value: { id: 1, tags: ['a'], at: undefined }, partition: 0 },
      { value: null, partition: 0 },
      { key: '', value: '', partition: 0 },
    ])
    expect(appended.map(({ topic, partition, offset }) => `${topic}-${partition}@${offset}`)).toEqual(
      [0, 1, 2, 3, 4].map((offset) => `orders-0@${offset}`),
    )
    const records = await orders.records()
    expect(records.map(({ key, value }) => [key, value])).toEqual([
      ['text', 'ä'],
      ['\u0001\u0002', 'bytes'],
      ['7', '{"id":1,"tags":["a"]}'],
      [null, null],
      ['', ''],
    ])
  })

  test('has its headers and its timestamp, or the time of the cluster', async () => {
    const { cluster, orders } = await start({ clock: 'virtual' })
    const now = cluster.clock.now()
    const headers = { source: 'web', trace: Buffer.from('t-1'), none: null, twice: ['a', 'b'] }
    await orders.append([
      { value: 'a', headers, partition: 1 },
      { value: 'b', timestamp: 5, partition: 1 },
      { value: 'c', timestamp: new Date(6), partition: 1 },
    ])
    const records = await orders.records()
    expect(records.map(({ timestamp }) => timestamp)).toEqual([now, 5, 6])
    expect(records[0]?.headers).toEqual({ source: 'web', trace: 't-1', none: null, twice: ['a', 'b'] })
    expect(records[1]?.headers).toEqual({})
  })

  test('goes where Kafka’s clients put its key', async () => {
    const { orders } = await start()
    // The hashes are those of Kafka's own test, UtilsTest.testMurmur2.
    const hashes = {
      '21': -973932308,
      foobar: -790332482,
      'a-little-bit-long-string': -985981536,
      'a-little-bit-longer-string': -1486304829,
      abc: 479470107,
    }
    const appended = await orders.append(Object.keys(hashes).map((key) => ({ key, value: key })))
    expect(appended.map(({ partition }) => partition)).toEqual(
      Object.values(hashes).map((hash) => (hash & 0x7fffffff) % 3),
    )
  })

  test('spreads evenly where it has no key, over calls too', async () => {
    const { orders } = await start()
    const one = await orders.append({ value: 'a' })
    const others = await orders.append([{ value: 'b' }, { value: 'c' }, { value: 'd' }])
    expect([...one, ...others].map(({ partition }) => partition)).toEqual([0, 1, 2, 0])
  })

  test('is one batch for each partition', async () => {
    const { cluster, orders } = await start()
    await orders.append(
      [1, 2, 3, 4, 5, 6].map((value) => ({ value, partition: value % 2 })),
      { compression: 'gzip' },
    )
    const logs = [0, 1].map((index) => cluster.partition('orders', index).log(cluster.broker(1)))
    expect(logs.map((log) => [log?.batches.length, log?.records.length])).toEqual([
      [1, 3],
      [1, 3],
    ])
    expect((await orders.records()).map(({ value }) => value)).toEqual(['2', '4', '6', '1', '3', '5'])
  })

  test('answers a Fetch that waits, and is on the followers', async () => {
    const { cluster, orders } = await start({ brokers: 3, topics: { orders: { replicationFactor: 3 } } })
    const { leader } = cluster.partition('orders', 0)
    const client = new WireClient(cluster.connect(leader))
    const fetching = client.send(Fetch, 11, {
      maxWaitMs: 60_000,
      minBytes: 1,
      topics: [{ topic: 'orders', partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }],
    })
    await orders.append({ value: 'a' })
    const { responses } = await fetching
    expect(responses[0]?.partitions[0]?.highWatermark).toBe(1)
    const logs = cluster.brokers.map((broker) => cluster.partition('orders', 0).log(broker)?.records.length)
    expect(logs).toEqual([1, 1, 1])
  })

  test('makes the topic where auto.create.topics.enable says so, and only there', async () => {
    const { cluster } = await start()
    await cluster.topic('bills').append({ value: 'a' })
    expect(cluster.topic('bills').partitions).toHaveLength(1)
    const { cluster: strict } = await start({ config: { 'auto.create.topics.enable': 'false' } })
    await expect(strict.topic('bills').append({ value: 'a' })).rejects.toThrow(
      'append: there is no topic bills, and auto.create.topics.enable is false',
    )
    await expect(cluster.topic('a b').append({ value: 'a' })).rejects.toThrow('the topic a b cannot be made')
    await expect(cluster.topic('__consumer_offsets').append({ value: 'a' })).rejects.toThrow('the brokers')
  })

  test('is refused where nobody leads, where too few are in sync, and as a producer would be refused', async () => {
    const { cluster, orders } = await start({
      brokers: 2,
      topics: {
        orders: { replicationFactor: 2, configs: { 'min.insync.replicas': '2', 'max.message.bytes': '1000' } },
      },
    })
    await expect(orders.append({ value: 'a'.repeat(2000) })).rejects.toMatchObject({ error: 'MESSAGE_TOO_LARGE' })
    const [one, other] = cluster.brokers
    await one?.kill()
    await expect(orders.append({ value: 'a' })).rejects.toMatchObject({ error: 'NOT_ENOUGH_REPLICAS' })
    await orders.append({ value: 'a' }, { acks: 1 })
    await other?.kill({ noticed: 'by timeout' })
    await expect(orders.append({ value: 'a' })).rejects.toThrow('the leader of orders-0, broker 2, does not run')
    await expect(orders.records()).rejects.toThrow('the leader of orders-0, broker 2, does not run')
    await expect(cluster.partition('orders', 0).offsets()).rejects.toThrow('does not run')
  })

  test('is waited for until every in-sync replica has it, unless acks is 1', async () => {
    const { cluster, orders } = await start({
      brokers: 2,
      topics: { orders: { replicationFactor: 2 } },
      clock: 'virtual',
      waitTimeout: 1,
    })
    const [one, other] = cluster.brokers
    if (one === undefined || other === undefined) throw new Error('there are two brokers')
    cluster.network.link(one, other).set({ delay: 50 })
    await expect(orders.append({ value: 'a' })).rejects.toThrow(/not all of the in-sync replicas .* have/)
    await orders.append({ value: 'b' }, { acks: 1 })
    expect(await orders.records()).toEqual([])
    await expect(orders.waitFor(1)).rejects.toThrow('orders-0: none, and 2 that not every in-sync replica has yet')
    cluster.network.heal()
    await expect(orders.waitFor(2)).resolves.toHaveLength(2)
  })

  test('is refused where it makes no sense, and says what would', async () => {
    const { cluster, orders } = await start()
    const refused = async (records: unknown, options?: unknown) =>
      await orders.append(records as { value: string }, options as undefined).catch((error: Error) => error.message)
    expect(await refused([])).toContain('there is nothing to append')
    expect(await refused(undefined)).toContain("a record such as { key: 'a', value: { id: 1 } }")
    expect(await refused('text')).toContain("not 'text'")
    expect(await refused([{ value: 'a' }, { vlaue: 'a' }])).toContain(
      "append: record 1: there is no 'vlaue', value is meant?",
    )
    expect(await refused({ value: () => 1 })).toContain('append: value is neither text, bytes, nor anything')
    expect(await refused({ value: 1n })).toContain('append: value is neither text, bytes, nor anything')
    for (const value of [new Map([[1, 2]]), new Set([1]), Number.NaN, new ArrayBuffer(8), Float64Array.of(1)]) {
      const lost = /^append: value is neither text, bytes, nor anything that JSON can say: .* would be lost$/
      expect(await refused({ value })).toMatch(lost)
      expect(await refused({ key: value, value: 'a' })).toContain('append: key is neither text')
      expect(await refused({ value: { deep: [{ part: value }] } })).toContain(', at part, would be lost')
    }
    expect(await refused({ value: Promise.resolve('a') })).toContain('await it')
    expect(await refused({ value: 'a', timestamp: -1 })).toContain('timestamp is a Date, or ms since 1970')
    expect(await refused({ value: 'a', timestamp: new Date('no date') })).toContain('timestamp is a Date')
    expect(await refused({ value: 'a', headers: { n: 1 } })).toContain('header n is text, bytes, null')
    expect(await refused({ value: 'a', headers: [] })).toContain('headers such as')
    expect(await refused({ value: 'a', partition: -1 })).toContain('partition is a number from 0 on')
    expect(await refused({ value: 'a', partition: 3 })).toContain(
      'there is no partition 3 of orders: it has partitions 0 to 2',
    )
    expect(await refused({ value: 'a' }, { compresion: 'gzip' })).toContain('compression is meant?')
    expect(await refused({ value: 'a' }, { compression: 'zip' })).toContain('compression is one of none, gzip')
    expect(await refused({ value: 'a' }, { acks: 0 })).toContain('acks is -1 or 1')
    await expect(cluster.partition('orders', 9).append({ value: 'a' })).rejects.toThrow('there is no partition 9')
    await expect(cluster.partition('orders', 1).append({ value: 'a', partition: 2 })).rejects.toThrow('orders-1')
    expect(await orders.records()).toEqual([])
  })
})

describe('the records that a test reads', () => {
  test('are decoded as it says, and when it looks', async () => {
    const { orders } = await start()
    await orders.append([{ key: { k: 1 }, value: { id: 1 } }])
    const [json] = await orders.records({ key: 'json', value: 'json' })
    expect(json).toMatchObject({ key: { k: 1 }, value: { id: 1 } })
    const [bytes] = await orders.records({ value: 'bytes' })
    expect(bytes?.value).toEqual(Buffer.from('{"id":1}'))
    const decode = vi.fn((value: Buffer, { offset }: { offset: number }) => `${value.length} bytes at ${offset}`)
    const [own] = await orders.records({ value: decode })
    expect(decode).not.toHaveBeenCalled()
    expect([own?.value, own?.value]).toEqual(['8 bytes at 0', '8 bytes at 0'])
    expect(decode).toHaveBeenCalledTimes(1)
    const [order] = await orders.records<string, { id: number }>({ value: 'json' })
    expect(order?.value?.id).toBe(1)
  })

  test('lie where they are in the log: nothing is copied that nobody asks for', async () => {
    const { cluster, orders } = await start()
    await orders.append({ key: 'a', value: 'b', partition: 0 })
    const [record] = await orders.records({ value: 'bytes' })
    const [batch] = cluster.partition('orders', 0).log(cluster.broker(1))?.batches ?? []
    expect(record?.raw.value?.buffer).toBe(batch?.buffer)
    // What a test is given to keep is its own: it may change it, and the log stays as it is.
    record?.value?.fill(0)
    expect(await orders.records()).toMatchObject([{ value: 'b' }])
  })

  test('are seen whole by whoever prints or compares them', async () => {
    const { orders } = await start()
    await orders.append({ key: 'a', value: 'b', headers: { h: 'c' }, timestamp: 5, partition: 2 })
    const [record] = await orders.records()
    expect({ ...record }).toEqual({
      topic: 'orders',
      partition: 2,
      offset: 0,
      timestamp: 5,
      key: 'a',
      value: 'b',
      headers: { h: 'c' },
    })
    expect(String(record)).toBe('orders-2@0')
    expect(record?.raw.value).toEqual(Buffer.from('b'))
  })

  test('name the one that cannot be decoded', async () => {
    const { orders } = await start()
    await orders.append([{ key: 'a', value: 'poison', partition: 1 }])
    const [record] = await orders.records({ value: 'json' })
    expect(() => record?.value).toThrow(RecordDecodingError)
    expect(() => record?.value).toThrow(/^the value of orders-1@0 cannot be decoded as json: .* It is 'poison'$/)
    expect(record?.key).toBe('a')
    expect(inspect(record)).toContain('orders')
    await expect(orders.waitFor(({ value }) => value === 1, { value: 'json' })).rejects.toThrow(RecordDecodingError)
  })

  test('are none while the topic is not there, and of one partition where that is asked for', async () => {
    const { cluster, orders } = await start()
    expect(await cluster.topic('missing').records()).toEqual([])
    await orders.append([0, 1, 2].map((partition) => ({ value: `p${partition}`, partition })))
    expect((await orders.records({ partition: 1 })).map(({ value }) => value)).toEqual(['p1'])
    expect((await cluster.partition('orders', 2).records()).map(({ value }) => value)).toEqual(['p2'])
    await expect(orders.records({ partition: 3 })).rejects.toThrow('there is no partition 3 of orders')
    await expect(cluster.partition('orders', 2).records({ partition: 1 })).rejects.toThrow(
      'orders-2 has no partition 1',
    )
  })

  test('refuse options that are none', async () => {
    const { orders } = await start()
    const refused = (options: object) => expect(orders.records(options as { value: 'json' })).rejects
    await refused({ value: 'jsno' }).toThrow(
      "value is read by 'string', 'json', 'bytes' or a function of the bytes, not 'jsno', json is meant?",
    )
    await refused({ vlaue: 'json' }).toThrow("records: there is no 'vlaue', value is meant?")
    await refused({ isolation: 'committed' }).toThrow("isolation is 'read_committed' or 'read_uncommitted'")
    await refused({ partition: -1 }).toThrow('partition is a number from 0 on')
    await refused({ timeout: 5 }).toThrow("records: there is no 'timeout'")
  })

  test('may have been written before record batches were', async () => {
    const { cluster, orders } = await start()
    const client = new WireClient(cluster.connect())
    const records = [
      buildMessageSet(
        [
          { key: 'k', value: 'old', timestamp: 5 },
          { value: null, timestamp: 6 },
        ],
        { magic: 1 },
      ),
    ]
    await client.send(Produce, 2, { acks: 1, topicData: [{ name: 'orders', partitionData: [{ index: 0, records }] }] })
    expect((await orders.records()).map(({ key, value, offset }) => [key, value, offset])).toEqual([
      ['k', 'old', 0],
      [null, null, 1],
    ])
  })

  test('begin in the middle of a batch where the log does, and leave gaps where it was compacted', async () => {
    const { cluster } = await start({ topics: { state: { configs: { 'cleanup.policy': 'compact,delete' } } } })
    const state = cluster.topic('state')
    await state.append(['a', 'b', 'a', 'c'].map((key, i) => ({ key, value: `${i}` })))
    await state.append(['c', 'b'].map((key, i) => ({ key, value: `${i + 4}` })))
    cluster.topic('state').compact()
    expect((await state.records()).map(({ offset, key }) => `${offset}${key}`)).toEqual(['2a', '4c', '5b'])
    await expect(state.waitFor(3)).resolves.toHaveLength(3)
  })
})

describe('a test that waits for records', () => {
  test('is told after the change that brings them', async () => {
    const { orders } = await start()
    const three = orders.waitFor(3)
    await orders.append([{ value: 'a' }, { value: 'b' }])
    await orders.append({ value: 'c' })
    expect((await three).map(({ value }) => value)).toEqual(['a', 'b', 'c'])
    expect(await orders.waitFor(0)).toHaveLength(3)
  })

  test('asks once of each record', async () => {
    const { orders } = await start()
    const predicate = vi.fn(({ value }: { value: string | null }) => value === 'c')
    await orders.append({ value: 'a' })
    const found = orders.waitFor(predicate)
    await orders.append({ value: 'b' })
    await orders.append({ value: 'c' })
    expect(await found).toMatchObject({ value: 'c', partition: 2 })
    expect(predicate).toHaveBeenCalledTimes(3)
  })

  test('hears of what has come, though compaction has taken some of it away by then', async () => {
    const { cluster } = await start({ topics: { latest: { configs: { 'cleanup.policy': 'compact' } } } })
    const latest = cluster.topic('latest')
    const waiting = latest.waitFor(3)
    await latest.append([
      { key: 'a', value: '1' },
      { key: 'a', value: '2' },
    ])
    latest.compact()
    expect((await latest.records()).map(({ value }) => value)).toEqual(['2'])
    await latest.append({ key: 'b', value: '3' })
    expect((await waiting).map(({ value }) => value)).toEqual(['1', '2', '3'])
  })

  test('may wait for a topic that is not there yet', async () => {
    const { cluster } = await start()
    const bill = cluster.topic('bills').waitFor(1)
    await cluster.topic('bills').append({ value: 'a' })
    expect(await bill).toHaveLength(1)
  })

  test('is told what there is instead', async () => {
    const { cluster, orders } = await start()
    await orders.append([1, 2, 3, 4].map((id) => ({ value: { id }, partition: 1 })))
    await orders.append({ value: Buffer.from([0, 255]), partition: 0 })
    await expect(orders.waitFor(6, SOON)).rejects.toThrow(
      new UnmetWaitError(
        [
          'waited 1 ms for 6 records in orders, in vain.',
          'There are 5 records:',
          '  orders-0: 1: @0 <00ff>',
          `  orders-1: 4, the last of them @1 '{"id":2}', @2 '{"id":3}', @3 '{"id":4}'`,
          '  orders-2: none',
          'No client is connected.',
        ].join('\n'),
      ),
    )
    cluster.connect()
    await expect(cluster.partition('orders', 2).waitFor(({ value }) => value === 'paid', SOON)).rejects.toThrow(
      [
        'waited 1 ms for a record in orders-2 for which ({ value }) => value === "paid", in vain.',
        'There are 0 records:',
        '  orders-2: none',
        'Connected is: in-memory client to broker 1, which has asked for nothing yet.',
      ].join('\n'),
    )
    await expect(cluster.topic('order').waitFor(1, SOON)).rejects.toThrow('There is no topic order (there is orders).')
  })

  test('is told what happened, where the timeline records it', async () => {
    const { cluster, orders } = await start({ timeline: true, topics: {} })
    await cluster.topic('bills').append({ value: 'a' })
    const waiting = orders.waitFor(2, { timeout: 50 })
    await orders.append({ value: 'a' })
    await expect(waiting).rejects.toThrow(/What happened:\n.*orders/s)
  })

  test('is refused what cannot be waited for', async () => {
    const { orders } = await start()
    const refused = (wanted: unknown, options = {}) => expect(orders.waitFor(wanted as number, options)).rejects
    await refused(-1).toThrow('waitFor wants how many records there are to be')
    await refused(1.5).toThrow('not 1.5')
    await refused('x').toThrow("not 'x'")
    await refused(1, { value: 'avro' }).toThrow('value is read by')
    await refused(1, { timout: 5 }).toThrow('timeout is meant?')
    await refused(1, { partition: 7 }).toThrow('there is no partition 7 of orders')
    await orders.append({ value: 'a' })
    await refused(async () => true).toThrow('and not by a promise')
    await refused(() => {
      throw new Error('of its own')
    }).toThrow('of its own')
  })

  test('sees what a new leader has, and not what the old one has lost', async () => {
    const { cluster, orders } = await start({
      brokers: 2,
      topics: { orders: { replicationFactor: 2, configs: { 'unclean.leader.election.enable': 'true' } } },
    })
    await orders.append({ value: 'kept' })
    const leader = cluster.broker(cluster.partition('orders', 0).leader)
    const follower = cluster.broker(3 - leader.nodeId)
    const waiting = orders.waitFor(3)
    await follower.kill()
    await orders.append({ value: 'lost' })
    await leader.kill()
    await follower.start()
    await leader.start()
    await orders.append([{ value: 'b' }, { value: 'c' }])
    expect((await waiting).map(({ value }) => value)).toEqual(['kept', 'b', 'c'])
  })
})

describe('a topic that is cleared', () => {
  test('has no records, and goes on where it was', async () => {
    const { cluster, orders } = await start({ brokers: 2, topics: { orders: { partitions: 2, replicationFactor: 2 } } })
    await orders.append([{ value: 'a' }, { value: 'b' }, { value: 'c' }])
    await cluster.partition('orders', 0).clear()
    expect((await orders.records()).map(({ value }) => value)).toEqual(['b'])
    await orders.clear()
    expect(await orders.records()).toEqual([])
    expect(await cluster.partition('orders', 0).offsets()).toEqual({ start: 2, end: 2, stable: 2 })
    await orders.append({ value: 'd', partition: 0 })
    expect(await orders.records()).toMatchObject([{ value: 'd', offset: 2 }])
    expect(cluster.brokers.map((broker) => cluster.partition('orders', 0).log(broker)?.logStartOffset)).toEqual([2, 2])
  })

  test('may be not there, and is refused where it is only compacted', async () => {
    const { cluster } = await start({ topics: { state: { configs: { 'cleanup.policy': 'compact' } } } })
    await cluster.topic('missing').clear()
    await expect(cluster.topic('state').clear()).rejects.toMatchObject({ error: 'POLICY_VIOLATION' })
  })
})

test('what is appended is what is read, in whatever way it is packed', async () => {
  const { cluster } = await start()
  let topics = 0
  const data = fc.option(fc.oneof(fc.string({ unit: 'grapheme' }), fc.uint8Array({ maxLength: 50 })))
  const record = fc.record({ key: data, value: data, partition: fc.nat({ max: 2 }) })
  const compression = fc.constantFrom('none', 'gzip', 'snappy', 'lz4', 'zstd' as const)
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 20 }), compression, async (records, codec) => {
      const topic = cluster.topic(`t${topics++}`)
      await topic.append({ value: 'first' })
      await topic.append(
        records.map(({ key, value }) => ({ key, value })),
        { compression: codec },
      )
      const read = (await topic.records({ key: 'bytes', value: 'bytes' })).slice(1)
      const bytes = (one: string | Uint8Array | null) => (one === null ? null : Buffer.from(one as string))
      expect(read.map(({ key, value }) => [key, value])).toEqual(
        records.map(({ key, value }) => [bytes(key), bytes(value)]),
      )
    }),
    { numRuns: 50 },
  )
})
