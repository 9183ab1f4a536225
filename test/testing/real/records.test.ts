import { describe, expect, test } from 'vitest'
import { newAsyncProducer, newConfig, newSyncProducer } from '../../../src/client/index.ts'
import { UnmetWaitError } from '../../../src/index.ts'
import { kinds, start } from './clusters.ts'

describe.each(kinds)('records on %s', (kind) => {
  test('are appended by a test, and read by it', async () => {
    const { cluster, orders } = await start(kind)
    const appended = await cluster.topic(orders).append([
      { key: 'a', value: { id: 1 }, headers: { source: ['web', 'app'] }, timestamp: 1000 },
      { key: 'b', value: null },
    ])
    expect(appended).toEqual([
      { topic: orders, partition: 0, offset: 0, timestamp: 1000 },
      { topic: orders, partition: 0, offset: 1, timestamp: expect.any(Number) },
    ])
    const [first, second] = await cluster.topic(orders).records({ value: 'json' })
    expect(first).toMatchObject({ topic: orders, partition: 0, offset: 0, timestamp: 1000, key: 'a', value: { id: 1 } })
    expect(first?.headers).toEqual({ source: ['web', 'app'] })
    expect(second?.value).toBeNull()
  })

  test('spread over the partitions where they have no key, and go where their key belongs where they have one', async () => {
    const { cluster, many } = await start(kind)
    const topic = cluster.topic(many)
    const spread = await topic.append([{ value: '1' }, { value: '2' }, { value: '3' }])
    expect(spread.map(({ partition }) => partition)).toEqual([0, 1, 2])
    const keyed = await topic.append([{ key: 'a' }, { key: 'b' }, { key: 'a' }])
    expect(keyed[0]?.partition).toBe(keyed[2]?.partition)
    const [named] = await cluster.partition(many, 2).append({ value: 'there' })
    expect(named?.partition).toBe(2)
    await expect(topic.append({ partition: 3 })).rejects.toThrow(`there is no partition 3 of ${many}`)
  })

  test.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('may be compressed by %s', async (compression) => {
    const { cluster, orders } = await start(kind)
    await cluster.topic(orders).append({ value: 'x'.repeat(1000) }, { compression })
    expect((await cluster.topic(orders).records())[0]?.value).toHaveLength(1000)
  })

  test('make a topic that is not there', async () => {
    const { cluster } = await start(kind)
    const name = cluster.name('new')
    expect(await cluster.topic(name).records()).toEqual([])
    if (kind === 'memkafka') return
    await cluster.topic(name).append({ value: 'first' })
    expect(await cluster.topic(name).records()).toHaveLength(1)
  })

  test('are waited for until they come', async () => {
    const { cluster, orders, many, config } = await start(kind)
    const producer = await newSyncProducer(cluster.bootstrapServers, withSuccesses(config))
    const three = cluster.topic(many).waitFor(3)
    const paid = cluster.topic(orders).waitFor<string, { paid: boolean }>(({ value }) => value?.paid === true, {
      value: 'json',
    })
    for (const key of ['a', 'b', 'c']) await producer.sendMessage({ topic: many, key, value: key })
    await producer.sendMessage({ topic: orders, value: '{"paid":false}' })
    await producer.sendMessage({ topic: orders, value: '{"paid":true}' })
    expect((await three).map(({ value }) => value).toSorted()).toEqual(['a', 'b', 'c'])
    expect(await paid).toMatchObject({ offset: 1, value: { paid: true } })
    await producer.close()
  })

  test('are waited for though the topic is not there yet', async () => {
    const { cluster, config } = await start(kind)
    if (kind === 'memkafka') return
    const name = cluster.name('later')
    const waiting = cluster.topic(name).waitFor(1)
    await cluster.topic(name).append({ value: 'there' })
    expect((await waiting)[0]?.value).toBe('there')
    expect(config).toBeDefined()
  })

  test('that do not come are told with what is there instead', async () => {
    const { cluster, orders } = await start(kind)
    await cluster.topic(orders).append({ value: 'alone' })
    const error: Error = await cluster
      .topic(orders)
      .waitFor(2, { timeout: 50 })
      .then(
        () => expect.unreachable(),
        (one) => one,
      )
    expect(error).toBeInstanceOf(UnmetWaitError)
    expect(error.message).toContain(`waited 50 ms for 2 records in ${orders}, in vain`)
    if (kind !== 'memkafka') return
    expect(error.message).toContain(`There is 1 record:\n  ${orders}-0: 1: @0 'alone'`)
  })

  test('are cleared, and what comes later is seen', async () => {
    const { cluster, many } = await start(kind)
    const topic = cluster.topic(many)
    await topic.append([{ value: '1' }, { value: '2' }, { value: '3' }, { value: '4' }])
    await topic.clear()
    expect(await topic.records()).toEqual([])
    expect(await cluster.partition(many, 0).offsets()).toEqual({ start: 2, end: 2, stable: 2 })
    await topic.append({ value: '5', partition: 0 })
    expect((await topic.records()).map(String)).toEqual([`${many}-0@2`])
    expect(await topic.waitFor(1)).toHaveLength(1)
  })

  test('of a transaction are seen by readers of what is committed when it is', async () => {
    const { cluster, orders, config } = await start(kind)
    const transactional = newConfig(withSuccesses(config), {
      producer: { idempotent: true, requiredAcks: -1, transaction: { id: cluster.name('payments') } },
      net: { maxOpenRequests: 1 },
    })
    const producer = await newAsyncProducer(cluster.bootstrapServers, transactional)
    const send = async (value: string): Promise<void> => {
      await producer.input.send({ topic: orders, value })
      await producer.successes.receive()
    }
    const topic = cluster.topic(orders)
    const transaction = cluster.transaction(cluster.name('payments'))
    await producer.beginTxn()
    await send('lost')
    expect(await topic.records()).toHaveLength(1)
    expect(await topic.records({ isolation: 'read_committed' })).toEqual([])
    expect(await transaction.waitFor('Ongoing')).toMatchObject({ partitions: [{ topic: orders, partition: 0 }] })
    expect(await cluster.partition(orders, 0).offsets()).toEqual({ start: 0, end: 1, stable: 0 })
    await producer.abortTxn()
    await transaction.waitFor('CompleteAbort')
    await producer.beginTxn()
    const kept = topic.waitFor(1, { isolation: 'read_committed' })
    await send('kept')
    await producer.commitTxn()
    expect((await kept).map(({ value }) => value)).toEqual(['kept'])
    expect((await topic.records()).map(({ value }) => value)).toEqual(['lost', 'kept'])
    await transaction.waitFor('CompleteCommit')
    await producer.close()
  })

  test('of nobody are not asked for by wrong words', async () => {
    const { cluster, orders } = await start(kind)
    const topic = cluster.topic(orders)
    await expect(topic.records({ values: 'json' } as never)).rejects.toThrow("'values', value is meant?")
    await expect(topic.waitFor(-1)).rejects.toThrow('waitFor wants how many records')
    await expect(topic.append([])).rejects.toThrow('there is nothing to append')
    await expect(topic.records({ partition: 7 })).rejects.toThrow(`there is no partition 7 of ${orders}`)
    await expect(cluster.partition(orders, 0).records({ partition: 1 })).rejects.toThrow('it is one itself')
    await expect(cluster.partition(cluster.name('nowhere'), 0).offsets()).rejects.toThrow('there is no')
  })

  test('are matched', async () => {
    const { cluster, orders, many } = await start(kind)
    await cluster.topic(orders).append([{ key: 'a', value: { id: 1 } }, { value: 'text' }])
    await expect(cluster.topic(orders)).toHaveRecord({ key: 'a', value: { id: 1 } })
    await expect(cluster.topic(orders)).toHaveRecords([{ key: 'a' }, { value: 'text' }])
    await expect(cluster.topic(many)).toHaveRecords(0)
    await expect(cluster.partition(orders, 0)).not.toHaveRecord({ value: 'other' })
    await expect(expect(cluster.topic(orders)).toHaveRecord({ value: 'other' }, { timeout: 50 })).rejects.toThrow(
      orders,
    )
  })
})

function withSuccesses(config: ReturnType<typeof newConfig>): ReturnType<typeof newConfig> {
  const own = newConfig(config)
  own.producer.return.successes = true
  return own
}
