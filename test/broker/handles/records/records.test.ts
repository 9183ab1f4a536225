import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { KafkaCluster, RecordDecodingError, UnmetWaitError } from '../../../../src/index.ts'
import { type AClusterOptions, aCluster, onMemkafka } from '../../../testing/a-cluster.ts'

/** Be it memkafka or real Kafka. */
async function start(topics: AClusterOptions['topics'] = {}) {
  // What is old on purpose is kept nonetheless.
  const orders = { partitions: 3, configs: { 'retention.ms': '-1' } }
  const cluster = await aCluster({ topics: { orders, ...topics } })
  return { cluster, orders: cluster.topic(cluster.name('orders')) }
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
      [0, 1, 2, 3, 4].map((offset) => `${orders.name}-0@${offset}`),
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

  test('has its headers and its timestamp', async () => {
    const { orders } = await start()
    const headers = { source: 'web', trace: Buffer.from('t-1'), none: null, twice: ['a', 'b'] }
    await orders.append([
      { value: 'a', headers, timestamp: 5, partition: 1 },
      { value: 'b', timestamp: new Date(6), partition: 1 },
    ])
    const records = await orders.records()
    expect(records.map(({ timestamp }) => timestamp)).toEqual([5, 6])
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
      `there is no partition 3 of ${orders.name}: it has partitions 0 to 2`,
    )
    expect(await refused({ value: 'a' }, { compresion: 'gzip' })).toContain('compression is meant?')
    expect(await refused({ value: 'a' }, { compression: 'zip' })).toContain('compression is one of none, gzip')
    expect(await refused({ value: 'a' }, { acks: 0 })).toContain('acks is -1 or 1')
    const { name } = orders
    await expect(cluster.partition(name, 9).append({ value: 'a' })).rejects.toThrow('there is no partition 9')
    await expect(cluster.partition(name, 1).append({ value: 'a', partition: 2 })).rejects.toThrow(`${name}-1`)
    const impossible = cluster.topic(cluster.name('a b'))
    await expect(impossible.append({ value: 'a' })).rejects.toThrow(`the topic ${impossible.name} cannot be made`)
    expect(await impossible.records()).toEqual([])
    await expect(cluster.topic('__consumer_offsets').append({ value: 'a' })).rejects.toThrow('the brokers')
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

  test('are seen whole by whoever prints or compares them', async () => {
    const { orders } = await start()
    await orders.append({ key: 'a', value: 'b', headers: { h: 'c' }, timestamp: 5, partition: 2 })
    const [record] = await orders.records()
    expect({ ...record }).toEqual({
      topic: orders.name,
      partition: 2,
      offset: 0,
      timestamp: 5,
      key: 'a',
      value: 'b',
      headers: { h: 'c' },
    })
    expect(String(record)).toBe(`${orders.name}-2@0`)
    expect(record?.raw.value).toEqual(Buffer.from('b'))
  })

  test('name the one that cannot be decoded', async () => {
    const { orders } = await start()
    await orders.append([{ key: 'a', value: 'poison', partition: 1 }])
    const [record] = await orders.records({ value: 'json' })
    expect(() => record?.value).toThrow(RecordDecodingError)
    expect(() => record?.value).toThrow(/^the value of .*orders-1@0 cannot be decoded as json: .* It is 'poison'$/)
    expect(record?.key).toBe('a')
    expect(inspect(record)).toContain('orders')
    await expect(orders.waitFor(({ value }) => value === 1, { value: 'json' })).rejects.toThrow(RecordDecodingError)
  })

  test('are none while the topic is not there, and of one partition where that is asked for', async () => {
    const { cluster, orders } = await start()
    expect(await cluster.topic(cluster.name('missing')).records()).toEqual([])
    await orders.append([0, 1, 2].map((partition) => ({ value: `p${partition}`, partition })))
    expect((await orders.records({ partition: 1 })).map(({ value }) => value)).toEqual(['p1'])
    expect((await cluster.partition(orders.name, 2).records()).map(({ value }) => value)).toEqual(['p2'])
    await expect(orders.records({ partition: 3 })).rejects.toThrow(`there is no partition 3 of ${orders.name}`)
    await expect(cluster.partition(orders.name, 2).records({ partition: 1 })).rejects.toThrow(
      `${orders.name}-2 has no partition 1`,
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

  test('may wait for a topic that is not there yet', async () => {
    const { cluster } = await start()
    const bills = cluster.topic(cluster.name('bills'))
    const bill = bills.waitFor(1)
    await bills.append({ value: 'a' })
    expect(await bill).toHaveLength(1)
  })

  test('is told what there is instead', async () => {
    const { cluster, orders } = await start()
    await orders.append([1, 2, 3, 4].map((id) => ({ value: { id }, partition: 1 })))
    await orders.append({ value: Buffer.from([0, 255]), partition: 0 })
    const { name } = orders
    await expect(orders.waitFor(6, SOON)).rejects.toThrow(UnmetWaitError)
    await expect(orders.waitFor(6, SOON)).rejects.toThrow(
      [
        `waited 1 ms for 6 records in ${name}, in vain.`,
        'There are 5 records:',
        `  ${name}-0: 1: @0 <00ff>`,
        `  ${name}-1: 4, the last of them @1 '{"id":2}', @2 '{"id":3}', @3 '{"id":4}'`,
        `  ${name}-2: none`,
      ].join('\n'),
    )
    await expect(cluster.partition(name, 2).waitFor(({ value }) => value === 'paid', SOON)).rejects.toThrow(
      [
        `waited 1 ms for a record in ${name}-2 for which ({ value }) => value === "paid", in vain.`,
        'There are 0 records:',
        `  ${name}-2: none`,
      ].join('\n'),
    )
    const other = cluster.name('order')
    await expect(cluster.topic(other).waitFor(1, SOON)).rejects.toThrow(`There is no topic ${other}`)
  })

  onMemkafka('other clients and other topics are seen by brokers alone')('and who is connected', async () => {
    await using cluster = await KafkaCluster.start({ topics: { orders: {} } })
    const told = expect(cluster.topic('orders').waitFor(1, SOON)).rejects
    await told.toThrow('orders-0: none\nNo client is connected.')
    cluster.connect()
    await expect(cluster.topic('orders').waitFor(1, SOON)).rejects.toThrow(
      'Connected is: in-memory client to broker 1, which has asked for nothing yet.',
    )
    await expect(cluster.topic('order').waitFor(1, SOON)).rejects.toThrow('There is no topic order (there is orders).')
  })

  test('is refused what cannot be waited for', async () => {
    const { orders } = await start()
    const refused = (wanted: unknown, options = {}) => expect(orders.waitFor(wanted as number, options)).rejects
    await refused(-1).toThrow('waitFor wants how many records there are to be')
    await refused(1.5).toThrow('not 1.5')
    await refused('x').toThrow("not 'x'")
    await refused(1, { value: 'avro' }).toThrow('value is read by')
    await refused(1, { timout: 5 }).toThrow('timeout is meant?')
    await refused(1, { partition: 7 }).toThrow(`there is no partition 7 of ${orders.name}`)
    await orders.append({ value: 'a' })
    await refused(async () => true).toThrow('and not by a promise')
    await refused(() => {
      throw new Error('of its own')
    }).toThrow('of its own')
  })
})

describe('a topic that is cleared', () => {
  test('has no records, and goes on where it was', async () => {
    const { cluster, orders } = await start()
    await orders.append([0, 1, 0, 2].map((partition, i) => ({ value: `${i}`, partition })))
    await cluster.partition(orders.name, 0).clear()
    expect((await orders.records()).map(({ value }) => value)).toEqual(['1', '3'])
    await orders.clear()
    expect(await orders.records()).toEqual([])
    expect(await cluster.partition(orders.name, 0).offsets()).toEqual({ start: 2, end: 2, stable: 2 })
    await orders.append({ value: 'd', partition: 0 })
    expect(await orders.records()).toMatchObject([{ value: 'd', offset: 2 }])
    await expect(cluster.partition(orders.name, 3).clear()).rejects.toThrow(`there is no partition 3 of ${orders.name}`)
  })

  test('may be not there, and is refused where it is only compacted', async () => {
    const { cluster } = await start({ state: { configs: { 'cleanup.policy': 'compact' } } })
    await cluster.topic(cluster.name('missing')).clear()
    await expect(cluster.topic(cluster.name('state')).clear()).rejects.toMatchObject({ error: 'POLICY_VIOLATION' })
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
      const topic = cluster.topic(cluster.name(`t${topics++}`))
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
