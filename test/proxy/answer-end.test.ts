import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeResponse } from '../../src/protocol/frame.ts'
import type { AnyApi, Api } from '../../src/protocol/message.ts'
import { Fetch } from '../../src/protocol/messages/fetch.ts'
import { Produce } from '../../src/protocol/messages/produce.ts'
import { ShareAcknowledge } from '../../src/protocol/messages/share-acknowledge.ts'
import { ShareFetch } from '../../src/protocol/messages/share-fetch.ts'
import { Frames } from '../../src/proxy/answers.ts'
import { arbitraryMessage } from '../protocol/arbitraries.ts'

interface Node {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

/** The APIs that tell at the end of an answer who leads instead, and since when. */
const endings = (
  [
    [Produce, 10],
    [Fetch, 16],
    [ShareFetch, ShareFetch.versions.min],
    [ShareAcknowledge, ShareAcknowledge.versions.min],
  ] as unknown as readonly (readonly [AnyApi, number])[]
).flatMap(([api, since]) => Array.from({ length: api.versions.max - since + 1 }, (_, i) => [api, since + i] as const))

const node: fc.Arbitrary<Node> = fc.record({
  nodeId: fc.nat(9),
  host: fc.stringMatching(/^[a-z][a-z0-9.-]{0,40}$/),
  port: fc.integer({ min: 1, max: 65_535 }),
  rack: fc.option(fc.stringMatching(/^[a-z]{0,5}$/)),
})

const frameOf = (api: AnyApi, version: number, body: object): Buffer =>
  Buffer.concat(encodeResponse(api as unknown as Api<object, object>, version, 77, body))

const frames = new Frames()

test('the end of an answer is found in whatever chunks it comes', () => {
  for (const [api, version] of endings) {
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }))
    fc.assert(
      fc.property(arbitraryMessage(api.response, version), fc.array(node), cuts, (body, nodeEndpoints, sizes) => {
        const frame = frameOf(api, version, { ...body, nodeEndpoints })
        const end = frames.endOf(api, version)
        const walk = end?.walk(frame.length)
        let [passed, at] = [0, 0]
        for (const size of [...sizes, frame.length]) {
          const chunk = frame.subarray(at, at + size)
          at += chunk.length
          const gone = chunk.length === 0 ? 0 : (walk?.over(chunk) ?? 0)
          passed += gone
          if (gone < chunk.length) break
        }
        const told = end?.read(frame.subarray(passed))
        expect(told?.nodeEndpoints ?? [], `${api.name} v${version}`).toMatchObject(nodeEndpoints)
        expect(frames.hasAddresses(api, version, frame)).toBe(nodeEndpoints.length > 0)
      }),
      { numRuns: 30 },
    )
  }
})

test('an end that tells other addresses is as long as it was, or tells none', () => {
  for (const [api, version] of endings) {
    fc.assert(
      fc.property(arbitraryMessage(api.response, version), fc.array(node), (body, nodeEndpoints) => {
        const frame = frameOf(api, version, { ...body, nodeEndpoints })
        const at = frames.endOf(api, version)?.startIn(frame) as number
        const rewritten = frames.rewrittenEnd(api, version, frame.subarray(at), (_, { port }) => ({
          host: '127.0.0.1',
          port: port === 1 ? 2 : port - 1,
        }))
        const bytes = Buffer.concat([frame.subarray(0, at), ...(rewritten as Buffer[])])
        expect(bytes.length, `${api.name} v${version}`).toBe(frame.length)
        const before = frames.decode(api, version, frame)
        const after = frames.decode(api, version, bytes)
        const unknown = (before.unknownTaggedFields ?? []) as readonly object[]
        expect(after.unknownTaggedFields ?? []).toEqual(expect.arrayContaining([...unknown]))
        const longer = nodeEndpoints.map(({ host }) => host.length - '127.0.0.1'.length)
        const missing = longer.reduce((sum, bytesMore) => sum + bytesMore, 0)
        const told = nodeEndpoints.map((one) => ({
          ...one,
          host: '127.0.0.1',
          port: one.port === 1 ? 2 : one.port - 1,
        }))
        expect(after.nodeEndpoints).toMatchObject(missing === 0 || missing > 1 ? told : [])
        const rest = { unknownTaggedFields: undefined, nodeEndpoints: undefined }
        expect({ ...after, ...rest }).toEqual({ ...before, ...rest })
      }),
      { numRuns: 30 },
    )
  }
})

test('an answer that has no end is told of', () => {
  const whole = frameOf(Fetch as unknown as AnyApi, 16, {
    responses: [{ partitions: [{ partitionIndex: 0, records: [Buffer.alloc(100)] }] }],
  })
  const short = whole.subarray(0, 60)
  expect(() => frames.hasAddresses(Fetch as unknown as AnyApi, 16, short)).toThrow('FetchResponse v16: has no end')
})
