import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeResponse } from '../../src/protocol/frame.ts'
import { Fetch } from '../../src/protocol/messages/fetch.ts'
import { KafkaProxy } from '../../src/proxy/kafka-proxy.ts'
import { WireClient } from '../wire-client.ts'
import { ScriptedUpstream } from './scripted-upstream.ts'

// Answers arrive in whatever chunks a network makes of them, short of a read buffer and beyond it.

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
