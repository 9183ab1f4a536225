import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { onMemkafka } from '../a-cluster.ts'
import { failureOf, start, startMemkafka } from './fixture.ts'

const onlyHere = onMemkafka('nobody outside of a cluster knows when it is quiet')

const order = { id: 'order-1', total: 3, lines: [{ sku: 'tea' }] }

describe('toHaveRecord', () => {
  test('finds a record by its key, its value, its headers and its place', async () => {
    const { orders } = await start()
    const timestamp = Date.UTC(2026, 0, 1)
    await orders.append({ key: 'order-1', value: order, headers: { trace: 'abc', retries: ['1', '2'] }, timestamp })
    await expect(orders).toHaveRecord({ key: 'order-1' })
    await expect(orders).toHaveRecord({ value: order })
    await expect(orders).toHaveRecord({ headers: { trace: 'abc' } })
    await expect(orders).toHaveRecord({ headers: { retries: ['1', '2'] } })
    await expect(orders).toHaveRecord({ partition: 0, offset: 0, timestamp })
    await expect(orders).not.toHaveRecord({ key: 'order-1', offset: 1 })
    await expect(orders).not.toHaveRecord({ headers: { retries: '1' } })
    await expect(orders).not.toHaveRecord({ headers: { span: 'abc' } })
  })

  test('compares a string with the text, and anything else that JSON can say with the JSON', async () => {
    const { orders } = await start()
    await orders.append([{ value: '42' }, { value: order }, { value: 'true' }, { value: 'no JSON' }, { value: [1] }])
    await expect(orders).toHaveRecord({ value: '42', offset: 0 })
    await expect(orders).toHaveRecord({ value: 42, offset: 0 })
    await expect(orders).toHaveRecord({ value: JSON.stringify(order), offset: 1 })
    await expect(orders).toHaveRecord({ value: true, offset: 2 })
    await expect(orders).toHaveRecord({ value: [1], offset: 4 })
    await expect(orders).not.toHaveRecord({ value: { ...order, total: 4 } })
    await expect(orders).not.toHaveRecord({ value: 'JSON' })
  })

  test('compares bytes with the bytes, and null with none', async () => {
    const { orders } = await start()
    await orders.append([
      { key: Buffer.from([0xff, 0]), value: 'x' },
      { key: 'order-1', value: null },
    ])
    await expect(orders).toHaveRecord({ key: Buffer.from([0xff, 0]) })
    await expect(orders).toHaveRecord({ key: new Uint8Array([0xff, 0]) })
    await expect(orders).not.toHaveRecord({ key: new Uint8Array([0xff]) })
    await expect(orders).toHaveRecord({ key: 'order-1', value: null })
    await expect(orders).not.toHaveRecord({ key: null })
    await expect(orders).not.toHaveRecord({ value: 'null' })
  })

  test("takes the runner's own matchers, of the text or of its JSON", async () => {
    const { orders } = await start()
    await orders.append({ key: 'order-1', value: order, headers: { trace: 'abc' } })
    await expect(orders).toHaveRecord({
      key: expect.stringMatching(/^order-/),
      value: expect.objectContaining({ total: expect.any(Number) }),
      headers: { trace: expect.any(String) },
      offset: expect.any(Number),
    })
    await expect(orders).toHaveRecord({ value: { ...order, id: expect.stringContaining('order') } })
    await expect(orders).toHaveRecord({ value: expect.stringContaining('"sku":"tea"') })
    await expect(orders).toHaveRecord({ value: expect.anything() })
    await expect(orders).toHaveRecord({ headers: expect.objectContaining({ trace: 'abc' }) })
    await expect(orders).toHaveRecord(expect.objectContaining({ topic: orders.name, key: 'order-1' }))
    await expect(orders).not.toHaveRecord({ value: expect.objectContaining({ total: 4 }) })
  })

  test('has both the text and its JSON not be what is not to be', async () => {
    const { orders } = await start()
    await orders.append([{ value: { total: 3 } }])
    await expect(orders).not.toHaveRecord({ value: expect.not.stringContaining('total') })
    await expect(orders).not.toHaveRecord({ value: expect.not.objectContaining({ total: 3 }) })
    await expect(orders).toHaveRecord({ value: expect.not.objectContaining({ total: 4 }) })
    await orders.append({ value: null })
    await expect(orders).not.toHaveRecord({ value: expect.anything(), offset: 1 })
  })

  test('asks functions, of a part or of the whole', async () => {
    const { orders } = await start()
    await orders.append({ key: 'order-1', value: order })
    await expect(orders).toHaveRecord({ key: (key) => key?.endsWith('-1') === true, offset: (offset) => offset < 1 })
    await expect(orders).toHaveRecord(({ key, partition }) => key === 'order-1' && partition === 0)
    await expect(orders).toHaveRecord({ value: (value) => (value as typeof order).total === 3 }, { value: 'json' })
    await expect(orders).not.toHaveRecord(() => false)
  })

  test('compares what a deserializer makes of a part', async () => {
    const { orders } = await start()
    await orders.append({ key: 'order-1', value: Buffer.from([0, 3]) })
    const total = (bytes: Buffer) => ({ total: bytes.readInt16BE() })
    await expect(orders).toHaveRecord({ value: { total: 3 } }, { value: total })
    await expect(orders).toHaveRecord({ value: (value) => value?.total === 3 }, { value: total })
    await expect(orders).not.toHaveRecord({ value: { total: 4 } }, { value: total })
  })

  test('compares what a deserializer makes of a part, be it what no JSON says', async () => {
    const { orders } = await start()
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64BE(2n ** 53n + 1n)
    await orders.append({ key: new Uint8Array([1, 2]), value: bytes })
    const big = { value: (value: Buffer) => value.readBigInt64BE() }
    await expect(orders).toHaveRecord({ value: 2n ** 53n + 1n }, big)
    await expect(orders).not.toHaveRecord({ value: 2n ** 53n }, big)
    const reversed = { key: (key: Buffer) => Buffer.from(key).reverse(), value: (value: Buffer) => value[7] === 1 }
    await expect(orders).toHaveRecord({ key: Buffer.from([2, 1]), value: true }, reversed)
    await expect(orders).not.toHaveRecord({ key: Buffer.from([1, 2]) }, reversed)
    const floats = { value: (value: Buffer) => Float64Array.of(value.length, 0.5) }
    await expect(orders).toHaveRecord({ value: Float64Array.of(8, 0.5) }, floats)
    await expect(orders).not.toHaveRecord({ value: Float64Array.of(8, 0) }, floats)
    const when = { value: () => new Map([['at', new Date(5)]]) }
    await expect(orders).toHaveRecord({ value: new Map([['at', new Date(5)]]) }, when)
    await expect(orders).not.toHaveRecord({ value: new Map([['at', new Date(6)]]) }, when)
    const nothing = { value: () => Number.NaN }
    await expect(orders).toHaveRecord({ value: Number.NaN }, nothing)
    await expect(orders).toHaveRecord({ key: Buffer.from([1, 2]) }, { key: 'bytes' })
  })

  test('refuses what no JSON says where JSON is all that is known, and so no record can be', async () => {
    const { orders } = await start()
    const given = [new Map(), new Set(), new Date(5), Number.NaN, Number.POSITIVE_INFINITY, 5n, Symbol('s'), /a/]
    for (const value of [...given, { at: new Date(5) }, [{ id: 5n }], { deep: { er: Number.NaN } }]) {
      await expect(expect(orders).not.toHaveRecord({ value: value as object }), inspect(value)).rejects.toThrow(
        /^toHaveRecord: value is text, bytes, null or what JSON can say, or a matcher, not [\s\S]*\. What a deserializer makes may be/,
      )
    }
    // What JSON leaves out is there, or not, as for toEqual.
    await orders.append({ value: { a: 1 } })
    class Order {
      a = 1
    }
    await expect(orders).toHaveRecord({ value: { a: 1, b: undefined } })
    await expect(orders).toHaveRecord({ value: new Order() })
    const cyclic: Record<string, unknown> = { a: 1 }
    cyclic.self = cyclic
    const refused = (value: object) => failureOf(expect(orders).toHaveRecord({ value }))
    expect(await refused(cyclic)).toMatch(/, at self\./)
    expect(await refused({ a: (a: number) => a > 0 })).toMatch(/not \[Function: a\], at a\./)
    expect(await refused({ at: new Date(5) })).toMatch(/Z, at at, which is '1970-01-01T00:00:00\.005Z' in JSON\./)
    await expect(orders).toHaveRecord({ value: { a: expect.toSatisfy((a: number) => a > 0) } })
  })

  test('passes over records that are not what the deserializer takes', async () => {
    const { orders } = await start()
    await orders.append([{ value: 'poison' }, { value: order }])
    await expect(orders).toHaveRecord({ value: order }, { value: 'json' })
    expect(await failureOf(expect(orders).toHaveRecord({ offset: 0, value: order }, { value: 'json' }))).toContain(
      '1 record cannot be decoded: the value of orders-0@0 cannot be decoded as json',
    )
  })

  test('waits for a record that is still to come', async () => {
    const { cluster, orders } = await start({ waitTimeout: 10_000 })
    const expected = expect(orders).toHaveRecord({ value: 'paid' })
    await orders.append({ value: 'placed' })
    await orders.append({ value: 'paid' })
    await expected
    // And for a topic, too.
    const bills = cluster.topic(cluster.name('bills'))
    const elsewhere = expect(bills).toHaveRecord({ value: 'billed' })
    await bills.append({ value: 'billed' })
    await elsewhere
  })

  onlyHere('looks for what is not to be there once the cluster is quiet', async () => {
    const { orders } = await startMemkafka()
    const expected = failureOf(expect(orders).not.toHaveRecord({ value: 'paid' }))
    setImmediate(() => orders.append({ value: 'placed' }).then(() => orders.append({ value: 'paid' })))
    expect(await expected).toContain('There is\n  orders-0@1')
  })

  test('counts the records when it is told how many', async () => {
    const { orders } = await start()
    await orders.append([{ key: 'a' }, { key: 'b' }, { key: 'a' }])
    await expect(orders).toHaveRecord({ key: 'a' }, { times: 2 })
    await expect(orders).not.toHaveRecord({ key: 'a' }, { times: 1 })
    expect(await failureOf(expect(orders).toHaveRecord({ key: 'a' }, { times: 1 }))).toContain(
      'Expected a record in orders 1 time: Object {\n  "key": "a",\n}\n\nIt is there 2 times:\n  orders-0@0',
    )
    expect(await failureOf(expect(orders).toHaveRecord({ key: 'b' }, { times: 2 }))).toContain(
      'It is there 1 time: orders-0@1',
    )
  })

  test('of a partition looks at no other', async () => {
    const { cluster, many } = await start()
    await many.append({ value: 'x', partition: 1 })
    await expect(cluster.partition(many.name, 1)).toHaveRecord({ value: 'x' })
    await expect(cluster.partition(many.name, 0)).not.toHaveRecord()
    await expect(many).toHaveRecord({ value: 'x' }, { partition: 1 })
    await expect(many).not.toHaveRecord({ value: 'x' }, { partition: 2 })
  })

  test('shows what of the closest record is not as expected, and what was seen', async () => {
    const { orders } = await start()
    await orders.append([
      { key: 'order-1', value: order },
      { key: 'order-2', value: 'x' },
    ])
    const message = await failureOf(
      expect(orders).toHaveRecord({ key: expect.stringMatching('order'), value: { ...order, total: 4 } }),
    )
    expect(message).toContain('expect(topic).toHaveRecord(expected)')
    expect(message).toContain('The closest of 2, orders-0@1:')
    expect(message).toMatch(
      /waited 30 ms for a record in orders for which all is as expected, in vain.\nThere are 2 rec/,
    )
    const closer = await failureOf(expect(orders).toHaveRecord({ key: 'order-1', value: { ...order, total: 4 } }))
    expect(closer).toContain('The closest of 2, orders-0@0:')
    expect(closer).toContain('-     "total": 4,\n+     "total": 3,')
  })

  test('says which record is there that is not to be', async () => {
    const { orders } = await start()
    await orders.append({ key: 'order-1', value: 'paid' })
    expect(await failureOf(expect(orders).not.toHaveRecord({ value: 'paid' }))).toBe(
      [
        'expect(topic).not.toHaveRecord(expected)',
        '',
        'Expected no record in orders: Object {\n  "value": "paid",\n}',
        '',
        'There is\n  orders-0@0 Object {\n    "key": "order-1",\n    "offset": 0,\n    "partition": 0,\n    "value": "paid",\n  }',
      ].join('\n'),
    )
  })
})

describe('toHaveRecords', () => {
  test('counts all that there are', async () => {
    const { many, orders } = await start()
    await many.append([{ value: 'a' }, { value: 'b' }])
    await expect(many).toHaveRecords()
    await expect(many).toHaveRecords(2)
    await expect(many).not.toHaveRecords(3)
    await expect(orders).toHaveRecords(0)
    await expect(orders).toHaveRecords([])
    await expect(orders).not.toHaveRecords()
    expect(await failureOf(expect(many).toHaveRecords(1))).toContain(
      'Expected many to have 1 record; there are 2 records.',
    )
    expect(await failureOf(expect(many).toHaveRecords(3))).toContain('waited 30 ms for 3 records in many, in vain.')
    expect(await failureOf(expect(many).not.toHaveRecords())).toContain('Expected many not to have any records')
  })

  test('has the records of a partition stand in the order of the list', async () => {
    const { orders } = await start()
    await orders.append([{ value: 'placed' }, { value: 'paid' }])
    await expect(orders).toHaveRecords([{ value: 'placed' }, { value: 'paid' }])
    await expect(orders).not.toHaveRecords([{ value: 'paid' }, { value: 'placed' }])
    await expect(orders).toHaveRecords([{ value: 'paid' }, { value: 'placed' }], { ordered: false })
    expect(await failureOf(expect(orders).toHaveRecords([{ value: 'paid' }, { value: 'placed' }]))).toContain(
      'All of them are there, in another order:\n\n- Expected\n+ Received',
    )
  })

  test('has the records of several partitions lie between each other in any way', async () => {
    const { many } = await start()
    await many.append([
      { key: 'a', value: '1', partition: 2 },
      { key: 'b', value: '1', partition: 0 },
      { key: 'a', value: '2', partition: 2 },
    ])
    const [a1, b1, a2] = [
      { key: 'a', value: '1' },
      { key: 'b', value: '1' },
      { key: 'a', value: '2' },
    ]
    await expect(many).toHaveRecords([a1, b1, a2])
    await expect(many).toHaveRecords([b1, a1, a2])
    await expect(many).toHaveRecords([a1, a2, b1])
    await expect(many).not.toHaveRecords([a2, b1, a1])
  })

  test('refuses one too many, one too few and another one', async () => {
    const { orders } = await start()
    await orders.append([{ value: 'a' }, { value: 'b' }])
    await expect(orders).not.toHaveRecords([{ value: 'a' }])
    await expect(orders).not.toHaveRecords([{ value: 'a' }, { value: 'b' }, {}])
    await expect(orders).not.toHaveRecords([{ value: 'a' }, { value: 'c' }])
    await expect(orders).not.toHaveRecords([{ value: 'a' }, { value: 'a' }], { ordered: false })
    expect(await failureOf(expect(orders).toHaveRecords([{ value: 'a' }]))).toContain('+     "value": "b",')
    expect(await failureOf(expect(orders).toHaveRecords([{ value: 'a' }, { value: 'c' }]))).toContain(
      '-     "value": "c",\n+     "value": "b",',
    )
    expect(await failureOf(expect(orders).toHaveRecords([{ value: 'a' }, {}, { value: 'c' }]))).toContain(
      'waited 30 ms for 3 records in orders, in vain.',
    )
  })

  test('waits for the last of them', async () => {
    const { orders } = await start({ waitTimeout: 10_000 })
    const expected = expect(orders).toHaveRecords([{ value: 'a' }, { value: 'b' }])
    await orders.append({ value: 'a' })
    await orders.append({ value: 'b' })
    await expected
  })

  onlyHere('and then for one too many', async () => {
    const { orders } = await startMemkafka({ waitTimeout: 2000 })
    await orders.append([{ value: 'a' }, { value: 'b' }])
    const surplus = failureOf(expect(orders).toHaveRecords(3))
    await orders.append({ value: 'c' })
    await orders.append({ value: 'd' })
    expect(await surplus).toContain('Expected orders to have 3 records; there are 4 records.')
  })
})

describe('a matcher of records', () => {
  test('says what it wants where it is given something else', async () => {
    const { cluster, orders } = await start()
    const told = async (assertion: PromiseLike<unknown>) => (await failureOf(assertion)).split('\n')[0]
    expect(await told(expect(cluster).toHaveRecord({}))).toMatch(
      /^toHaveRecord wants a topic or a partition, cluster\.topic\('orders'\) or cluster\.partition\('orders', 0\), not a (Kafka|Real)Cluster$/,
    )
    expect(await told(expect(cluster.group('billing')).toHaveRecords(1))).toMatch(/, not the group billing$/)
    const promise = orders.records()
    expect(await told(expect(promise).toHaveRecords(1))).toMatch(/, not a promise: await it first/)
    await promise
    expect(await told(expect('orders').toHaveRecord())).toMatch(/, not 'orders'$/)
    expect(await told(expect(orders).toHaveRecord('paid' as never))).toMatch(/as in { value: 'paid' }, not 'paid'$/)
    expect(await told(expect(orders).toHaveRecord({ vlaue: 'paid' } as object))).toMatch(
      /^toHaveRecord: there is no 'vlaue', value is meant\?; there are key, value, /,
    )
    expect(await told(expect(orders).toHaveRecord({ value: undefined } as object))).toBe(
      'toHaveRecord: value is undefined: leave it out if anything will do',
    )
    expect(await told(expect(orders).toHaveRecord(undefined))).toMatch(/^toHaveRecord was given undefined/)
    expect(await told(expect(orders).toHaveRecord({ offset: '1' } as never))).toBe(
      "toHaveRecord: offset is a number, a matcher or a function, not '1'",
    )
    expect(await told(expect(orders).not.toHaveRecord({ offset: Number.NaN }))).toBe(
      'toHaveRecord: offset is a number, a matcher or a function, not NaN',
    )
    expect(await told(expect(orders).toHaveRecord({ headers: { retries: 3 } } as never))).toMatch(
      /^toHaveRecord: the header retries is text such as '3', bytes, /,
    )
    expect(await told(expect(orders).toHaveRecord({}, { timeuot: 1 } as never))).toMatch(
      /^toHaveRecord: there is no 'timeuot', timeout is meant\?/,
    )
    expect(await told(expect(orders).toHaveRecord({}, { times: 0 }))).toMatch(/^toHaveRecord: times is a whole number/)
    expect(await told(expect(orders).toHaveRecord({}, { value: 'jsno' as 'json' }))).toContain('json is meant?')
    expect(await told(expect(orders).toHaveRecords('paid' as never))).toMatch(/^toHaveRecords wants how many records/)
    expect(await told(expect(orders).toHaveRecords(-1))).toMatch(/^toHaveRecords: how many is a whole number from 0/)
  })

  onMemkafka('its brokers are killed')(
    'tells what was expected, and that nobody leads, where the records cannot be read',
    async () => {
      const { cluster, orders } = await startMemkafka()
      expect(await failureOf(expect(cluster.broker(1)).toHaveRecords(1))).toMatch(/, not broker 1$/)
      await orders.append({ value: 'a' })
      await cluster.broker(1).kill()
      for (const said of [
        await failureOf(expect(orders).toHaveRecord({ value: 'b' })),
        await failureOf(expect(orders).toHaveRecords([{ value: 'b' }])),
        await failureOf(expect(orders).toHaveRecords(2)),
      ]) {
        expect(said).toMatch(/^expect\(topic\)\.toHaveRecords?\(expected\)\n\nExpected /)
        expect(said).toContain('orders-0 has no leader: none of its replicas (brokers 1) that may lead runs')
      }
      await expect(expect(orders).not.toHaveRecord({ value: 'b' })).rejects.toThrow('orders-0 has no leader')
      const waiting = expect(orders).toHaveRecord({ value: 'a' }, { timeout: 2000 })
      await cluster.broker(1).start()
      await waiting
    },
  )

  test('waits as long as it is told to, and no longer than the cluster', async () => {
    const { cluster, orders } = await start({ waitTimeout: 10_000 })
    expect(await failureOf(expect(orders).toHaveRecord({}, { timeout: 1 }))).toContain('waited 1 ms for a record')
    const waiting = failureOf(expect(orders).toHaveRecord({}))
    await cluster.stop()
    expect(await waiting).toContain('the cluster was stopped while a test waited for a record in orders')
  })

  onMemkafka('its time is virtual')('under a virtual clock waits for no time of the cluster', async () => {
    const { orders } = await startMemkafka({ clock: 'virtual', waitTimeout: 2000 })
    const expected = expect(orders).toHaveRecords(1)
    await orders.append({ value: 'a' })
    await expected
    await expect(orders).not.toHaveRecord({ value: 'b' })
  })
})
