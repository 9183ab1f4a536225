import type { Socket } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeRequest, encodeResponse } from '../../src/protocol/frame.ts'
import { Fetch } from '../../src/protocol/messages/fetch.ts'
import { Produce } from '../../src/protocol/messages/produce.ts'
import { LENGTH_BYTES } from '../../src/proxy/frame-cutter.ts'
import { KafkaProxy } from '../../src/proxy/kafka-proxy.ts'
import { WireClient } from '../wire-client.ts'
import { ScriptedUpstream } from './scripted-upstream.ts'

// Frames arrive in whatever chunks a network makes of them, short of a read buffer and beyond it.

const TOPIC_ID = 'AAAAAAAAQACAAAAAAAAAAQ'

const answers = fc.array(
  fc.record({
    // 12 goes through as it comes, 16 may tell who leads instead (KIP-951).
    version: fc.constantFrom(12, 16),
    bytes: fc.oneof(fc.nat(300), fc.integer({ min: 16_000, max: 17_000 }), fc.nat(1_500_000)),
    tellsLeader: fc.boolean(),
    fill: fc.nat(255),
  }),
  { minLength: 1, maxLength: 6 },
)

test('answers are the bytes that upstream gave, in whatever chunks they arrive', async () => {
  await using upstream = await ScriptedUpstream.start()
  await using proxy = await KafkaProxy.start({ upstream: upstream.address })
  const client = await WireClient.to(proxy.bootstrapServers[0] as string)
  await fc.assert(
    fc.asyncProperty(answers, fc.array(fc.integer({ min: 1, max: 300_000 }), { maxLength: 12 }), async (all, cuts) => {
      const sent: Buffer[] = []
      upstream.script = (frame, socket) => {
        const { version, bytes, tellsLeader, fill } = all[sent.length] as (typeof all)[number]
        const nodeEndpoints =
          tellsLeader && version >= 16 ? [{ nodeId: 7, host: '127.0.0.1', port: upstream.port }] : []
        const partitions = [{ partitionIndex: 3, highWatermark: fill, records: [Buffer.alloc(bytes, fill)] }]
        const responses = [{ topic: version < 13 ? 'orders' : '', topicId: TOPIC_ID, partitions }]
        const slices = encodeResponse(Fetch, version, frame.readInt32BE(4), { responses, nodeEndpoints })
        sent.push(Buffer.concat(slices))
        if (sent.length < all.length) return undefined
        let rest = Buffer.concat(sent)
        for (const cut of cuts) {
          socket.write(rest.subarray(0, cut))
          rest = rest.subarray(cut)
        }
        return rest
      }
      const came = await Promise.all(all.map(({ version }) => client.send(Fetch, version, { topics: [] })))
      for (const [i, { responses, nodeEndpoints }] of came.entries()) {
        const { bytes, fill, version, tellsLeader } = all[i] as (typeof all)[number]
        const partition = responses[0]?.partitions[0]
        expect([partition?.partitionIndex, partition?.highWatermark]).toEqual([3, fill])
        expect(Buffer.concat(partition?.records ?? []).equals(Buffer.alloc(bytes, fill))).toBe(true)
        const told = tellsLeader && version >= 16 ? [proxy.bootstrapServers[0]] : []
        expect(nodeEndpoints.map(({ port }) => `127.0.0.1:${port}`)).toEqual(told)
      }
    }),
    { numRuns: 30 },
  )
  client.close()
})

const requests = fc.array(
  fc.record({
    // What goes through, and what is read on its way.
    api: fc.constantFrom('Produce', 'Fetch'),
    bytes: fc.oneof(fc.nat(300), fc.integer({ min: 65_000, max: 66_000 }), fc.nat(1_500_000)),
    fill: fc.nat(255),
  }),
  { minLength: 1, maxLength: 8 },
)

test('requests are the bytes that clients sent, in whatever chunks they arrive and however upstream takes them', async () => {
  await using upstream = await ScriptedUpstream.start()
  await using proxy = await KafkaProxy.start({ upstream: upstream.address })
  const clients = await Promise.all([1, 2].map(() => WireClient.to(proxy.bootstrapServers[0] as string)))
  await fc.assert(
    fc.asyncProperty(requests, fc.array(fc.integer({ min: 1, max: 300_000 }), { maxLength: 12 }), async (all, cuts) => {
      const header = { correlationId: 1, clientId: 'chunks' }
      const frames = all.map(({ api, bytes, fill }, i) => {
        const records = [Buffer.alloc(bytes, fill)]
        const slices =
          api === 'Produce'
            ? encodeRequest(Produce, 9, header, { acks: -1, topicData: [{ partitionData: [{ index: i, records }] }] })
            : encodeRequest(Fetch, 12, header, { maxWaitMs: i, rackId: 'r'.repeat(bytes % 1000) })
        return Buffer.concat(slices)
      })
      upstream.received.length = 0
      const sent = frames.length * clients.length
      const taken = new Promise<void>((resolve) => {
        upstream.script = (frame, socket) => {
          // It takes no more for a turn.
          socket.pause()
          setImmediate(() => socket.resume())
          if (upstream.received.length === sent) resolve()
          const isProduce = frame.readInt16BE(0) === Produce.key
          return Buffer.concat(isProduce ? encodeResponse(Produce, 9, 1, {}) : encodeResponse(Fetch, 12, 1, {}))
        }
      })
      for (const { stream } of clients) {
        let rest = Buffer.concat(frames)
        for (const cut of cuts) {
          stream.write(rest.subarray(0, cut))
          rest = rest.subarray(cut)
        }
        stream.write(rest)
      }
      await taken
      for (const frame of frames) {
        const same = upstream.received.filter((came) => came.equals(frame.subarray(LENGTH_BYTES)))
        expect(same.length).toBeGreaterThanOrEqual(clients.length)
      }
    }),
    { numRuns: 30 },
  )
  for (const client of clients) client.close()
})

test('requests that upstream does not take for long are the bytes that the client sent', async () => {
  await using upstream = await ScriptedUpstream.start()
  await using proxy = await KafkaProxy.start({ upstream: upstream.address })
  const [client, other] = (await Promise.all([1, 2].map(() => WireClient.to(proxy.bootstrapServers[0] as string)))) as [
    WireClient,
    WireClient,
  ]
  let deaf: Socket | undefined
  upstream.script = (frame, socket) => {
    if (frame.readInt16BE(0) === Produce.key && deaf === undefined) {
      deaf = socket
      socket.pause()
    }
    const isProduce = frame.readInt16BE(0) === Produce.key
    const correlationId = frame.readInt32BE(4)
    return Buffer.concat(
      isProduce ? encodeResponse(Produce, 9, correlationId, {}) : encodeResponse(Fetch, 9, correlationId, {}),
    )
  }
  const fills = Array.from({ length: 40 }, (_, i) => i)
  const answers = fills.map((fill) => {
    const partitionData = [{ index: fill, records: [Buffer.alloc(1 << 20, fill)] }]
    return client.send(Produce, 9, { acks: -1, topicData: [{ name: 'orders', partitionData }] })
  })
  for (let i = 0; i < 40; i++) await other.send(Fetch, 9, { topics: [] })
  expect(client.stream.writableLength).toBeGreaterThan(1 << 20)
  deaf?.resume()
  await Promise.all(answers)
  const came = upstream.received.filter((frame) => frame.readInt16BE(0) === Produce.key)
  // Tagged fields of nothing follow the records: of the partition, the topic and the request.
  const recordsOf = (frame: Buffer): Buffer => frame.subarray(-(1 << 20) - 3, -3)
  expect(came.map((frame, i) => recordsOf(frame).equals(Buffer.alloc(1 << 20, i)))).toEqual(fills.map(() => true))
  client.close()
  other.close()
})
