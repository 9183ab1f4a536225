import { describe, expect, test } from 'vitest'
import { decodeResponse } from '../../src/protocol/frame.ts'
import { Fetch } from '../../src/protocol/messages/fetch.ts'
import { Metadata } from '../../src/protocol/messages/metadata.ts'
import { Produce } from '../../src/protocol/messages/produce.ts'
import { readBatches } from '../../src/protocol/records/record-batch.ts'
import { KafkaResponse, kafka } from '../../src/testing/index.ts'
import { recordsIn } from '../broker/batches.ts'
import { fetch, fetchOf, produce, requestOf, start } from './fixture.ts'

describe('KafkaResponse', () => {
  test('response: answers the whole request', async () => {
    const { cluster, client } = await start()
    cluster.use(kafka.metadata({}, () => KafkaResponse.response({ clusterId: 'another' })))
    expect(await client.send(Metadata, 9, { topics: [] })).toMatchObject({ clusterId: 'another', brokers: [] })
  })

  test('disconnect: the record is not there, or it is and the answer is not', async () => {
    const { cluster, connect } = await start()
    const orders = cluster.partition('orders', 0)
    cluster.use(kafka.produce({ topic: 'orders' }, () => KafkaResponse.disconnect({ at: 'after' }), { once: true }))
    cluster.use(kafka.produce({ topic: 'orders' }, () => KafkaResponse.disconnect(), { once: true }))
    await expect(produce(connect(), { orders: [0] })).rejects.toThrow(/closed/)
    expect(orders.logEndOffset).toBe(0)
    await expect(produce(connect(), { orders: [0] })).rejects.toThrow(/closed/)
    expect(orders.logEndOffset).toBe(1)
    expect(await produce(connect(), { orders: [0] })).toEqual(['orders/0 NONE'])
  })

  test('disconnect: the event says why', async () => {
    const { cluster, client } = await start()
    const reason = new Promise((resolve) => cluster.events.on('connection:close', (event) => resolve(event.reason)))
    cluster.use(kafka.produce({ topic: 'orders' }, () => KafkaResponse.disconnect()))
    await expect(produce(client, { orders: [0] })).rejects.toThrow(/closed/)
    expect(await reason).toMatch(/sent Produce v9, kafka\.produce\(\{ topic: 'orders' \}\) closes the connection/)
  })

  test('drop: nothing comes back, and the connection stays', async () => {
    const { cluster, client } = await start()
    cluster.use(kafka.produce({ topic: 'orders' }, () => KafkaResponse.drop({ at: 'after' })))
    client.post(Produce, 9, requestOf({ orders: [0] }))
    const frame = await client.exchange(Metadata, 9, { topics: [] })
    expect(decodeResponse(Metadata, 9, frame.frame).correlationId).toBe(frame.correlationId)
    expect(cluster.partition('orders', 0).logEndOffset).toBe(1)
  })

  test('throttle: the answer says so, and the connection is not read for as long', async () => {
    const { cluster, client, connect } = await start({ clock: 'virtual' })
    cluster.use(kafka.produce({ topic: 'orders' }, () => KafkaResponse.throttle(5000), { once: true }))
    const { throttleTimeMs, responses } = await client.send(Produce, 9, requestOf({ orders: [0] }))
    expect(throttleTimeMs).toBe(5000)
    expect(responses[0]?.partitionResponses[0]?.errorCode).toBe(0)
    let answered = false
    const next = produce(client, { orders: [0] }).then((told) => {
      answered = true
      return told
    })
    expect(await produce(connect(), { bills: [0] })).toEqual(['bills/0 NONE'])
    await cluster.clock.advance(4999)
    expect(answered).toBe(false)
    await cluster.clock.advance(1)
    expect(await next).toEqual(['orders/0 NONE'])
  })

  test('corrupt crc: what is read of the topic fails its check, what is stored does not', async () => {
    const { cluster, client } = await start()
    await produce(client, { orders: [0, 1], bills: [0] })
    const remove = cluster.use(kafka.fetch({ topic: 'orders' }, () => KafkaResponse.corrupt('crc')))
    const { responses } = await client.send(Fetch, 12, fetchOf({ orders: [0, 1], bills: [0] }))
    const valid = responses.flatMap(({ topic, partitions }) =>
      partitions.map(({ records }) => {
        const [batch] = readBatches(Buffer.concat(records ?? []))
        return [topic, batch?.crc === batch?.computeCrc()]
      }),
    )
    expect(valid).toEqual([
      ['orders', false],
      ['orders', false],
      ['bills', true],
    ])
    remove()
    expect(await fetch(client, { orders: [0] })).toEqual(['orders/0 0:v0'])
  })

  test('corrupt truncated: the last batch lacks its end', async () => {
    const { cluster, client } = await start()
    await produce(client, { orders: [0] })
    await produce(client, { orders: [0] })
    cluster.use(kafka.fetch({ topic: 'orders' }, () => KafkaResponse.corrupt('truncated')))
    const { responses } = await client.send(Fetch, 12, fetchOf({ orders: [0] }))
    expect(recordsIn(responses[0]?.partitions[0]?.records ?? null)).toEqual(['0:v0'])
  })

  test('corrupt crc: a Fetch that gives no records does not count', async () => {
    const { cluster, client } = await start()
    const handler = kafka.fetch({ topic: 'orders' }, () => KafkaResponse.corrupt('crc'), { once: true })
    cluster.use(handler)
    expect(await fetch(client, { orders: [0] })).toEqual(['orders/0'])
    expect(cluster.calls(handler)).toEqual([])
    await produce(client, { orders: [0] })
    const { responses } = await client.send(Fetch, 12, fetchOf({ orders: [0] }))
    const [batch] = readBatches(Buffer.concat(responses[0]?.partitions[0]?.records ?? []))
    expect(batch?.crc).not.toBe(batch?.computeCrc())
    expect(cluster.calls(handler)).toHaveLength(1)
    expect(await fetch(client, { orders: [0] })).toEqual(['orders/0 0:v0'])
  })

  test('corrupt frame: the connection closes in the middle of the answer', async () => {
    const { cluster, client } = await start()
    cluster.use(kafka.metadata({}, () => KafkaResponse.corrupt('frame')))
    const bytes: Buffer[] = []
    client.stream.on('data', (chunk: Buffer) => bytes.push(chunk))
    await expect(client.send(Metadata, 9, { topics: null })).rejects.toThrow(/closed/)
    const got = Buffer.concat(bytes)
    expect(got.length).toBeGreaterThan(4)
    expect(got.length - 4).toBeLessThan(got.readInt32BE(0))
  })

  test('corrupt garbage: as many bytes as there should be, the same with the same seed', async () => {
    const garbage = async () => {
      const { cluster, client } = await start({ seed: 7 })
      cluster.use(kafka.metadata({}, () => KafkaResponse.corrupt('garbage')))
      const { frame } = await client.exchange(Metadata, 9, { topics: [] })
      return frame.toString('hex')
    }
    const first = await garbage()
    expect(await garbage()).toBe(first)
  })

  test('corrupt crc of an answer without records is a mistake, told with its handler', async () => {
    const { cluster, client } = await start()
    const told: unknown[] = []
    cluster.events.on('unhandledException', ({ error, handler }) => told.push([String(error), handler?.description]))
    cluster.use(kafka.metadata({}, () => KafkaResponse.corrupt('crc')))
    await expect(client.send(Metadata, 9, { topics: [] })).rejects.toThrow(/closed/)
    expect(told).toEqual([[expect.stringMatching(/an answer to Metadata has none/), 'kafka.metadata']])
  })

  test('trickle: the answer comes in pieces', async () => {
    const { cluster, client } = await start({ clock: 'virtual' })
    cluster.use(kafka.metadata({}, () => KafkaResponse.trickle({ chunk: 10, delay: 100 })))
    const sizes: number[] = []
    client.stream.on('data', (chunk: Buffer) => sizes.push(chunk.length))
    const answered = client.send(Metadata, 9, { topics: [] })
    await cluster.clock.advance(199)
    expect(sizes).toEqual([10, 10])
    await cluster.clock.advance(10_000)
    expect((await answered).clusterId).toBe(cluster.clusterId)
    expect(sizes.slice(0, -1).every((size) => size === 10)).toBe(true)
  })

  test('an answer that is slow keeps no cluster from stopping', async () => {
    const { cluster, client } = await start()
    cluster.use(kafka.metadata({}, () => KafkaResponse.trickle({ bytesPerSecond: 1 })))
    const answered = client.send(Metadata, 9, { topics: [] }).catch((error: Error) => error.message)
    await new Promise((resolve) => client.stream.once('data', resolve))
    await cluster.stop()
    expect(await answered).toMatch(/closed/)
  })
})

describe('a producer with acks=0 is answered nothing', () => {
  test.each([
    ['a response', () => KafkaResponse.response({ throttleTimeMs: 7 })],
    ['a plain response', () => ({ throttleTimeMs: 7 })],
    ['a throttle', () => KafkaResponse.throttle(1)],
    ['a slow answer', () => KafkaResponse.trickle()],
    ['garbage', () => KafkaResponse.corrupt('garbage')],
    ['half a frame', () => KafkaResponse.corrupt('frame')],
    ['a lost answer', () => KafkaResponse.drop({ at: 'after' })],
  ])('whatever a handler says: %s', async (_, resolver) => {
    const { cluster, client } = await start()
    cluster.use(kafka.produce({ acks: 0 }, resolver))
    client.post(Produce, 9, requestOf({ orders: [0] }, 0))
    // The next thing to come back is the answer to the next request.
    const { frame, correlationId } = await client.exchange(Metadata, 9, { topics: [] })
    expect(decodeResponse(Metadata, 9, frame).correlationId).toBe(correlationId)
  })

  test('and what its handler has done of the work is undefined', async () => {
    const { cluster, client } = await start()
    const performed = new Promise((resolve) => {
      cluster.use(
        kafka.produce({ acks: 0 }, async ({ perform }) => {
          resolve(await perform())
        }),
      )
    })
    client.post(Produce, 9, requestOf({ orders: [0] }, 0))
    expect(await performed).toBeUndefined()
    expect(cluster.partition('orders', 0).logEndOffset).toBe(1)
  })
})
