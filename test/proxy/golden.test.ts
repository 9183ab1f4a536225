import { expect, test } from 'vitest'
import { apis } from '../../src/protocol/apis.ts'
import { decodeResponse } from '../../src/protocol/frame.ts'
import type { AnyApi, Api } from '../../src/protocol/message.ts'
import { RequestHeader } from '../../src/protocol/messages/request-header.ts'
import { ResponseHeader } from '../../src/protocol/messages/response-header.ts'
import { KafkaProxy } from '../../src/proxy/kafka-proxy.ts'
import { golden } from '../protocol/golden.ts'
import { WireClient } from '../wire-client.ts'
import { framed, ScriptedUpstream } from './scripted-upstream.ts'

// What Kafka itself wrote of every API in every version goes through a proxy, there and back.

const CORRELATION_ID = 77
const APIS_WITH_ADDRESSES = [
  'Metadata',
  'FindCoordinator',
  'DescribeCluster',
  'DescribeQuorum',
  'Produce',
  'Fetch',
  'ShareFetch',
  'ShareAcknowledge',
]

interface Pair {
  readonly api: AnyApi
  readonly version: number
  readonly requests: readonly Buffer[]
  readonly answers: readonly Buffer[]
}

function pairsOf(release: '4.4.0' | '3.9.2'): Pair[] {
  const { cases } = golden(release)
  const bytesOf = (name: string, wanted: number): Buffer[] =>
    cases.flatMap(({ name: found, version, bytes }) => (found === name && version === wanted ? [bytes] : []))
  return [...apis.values()].flatMap((api) => {
    const { min, max } = api.versions
    return Array.from({ length: max - min + 1 }, (_, i) => {
      const version = min + i
      const requestHead = RequestHeader.encode(
        { requestApiKey: api.key, requestApiVersion: version, correlationId: CORRELATION_ID, clientId: 'golden' },
        api.requestHeaderVersion(version),
      )
      const answerHead = ResponseHeader.encode({ correlationId: CORRELATION_ID }, api.responseHeaderVersion(version))
      return {
        api,
        version,
        requests: bytesOf(`${api.name}Request`, version).map((body) => Buffer.concat([requestHead, body])),
        answers: bytesOf(`${api.name}Response`, version).map((body) => Buffer.concat([answerHead, body])),
      }
    })
  })
}

/** A value with every address in it the same. */
function withoutAddresses(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutAddresses)
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value
  const struct = Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withoutAddresses(field)]))
  return isAddress(struct) ? { ...struct, host: '', port: 0 } : struct
}

function addressesIn(value: unknown): { host: string; port: number }[] {
  if (Array.isArray(value)) return value.flatMap(addressesIn)
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return []
  return [...(isAddress(value) ? [value] : []), ...Object.values(value).flatMap(addressesIn)]
}

function isAddress(value: object): value is { host: string; port: number } {
  return 'host' in value && 'port' in value && value.host !== '' && (value.port as number) > 0
}

test.each(['4.4.0', '3.9.2'] as const)(
  'what Kafka %s writes goes through byte by byte, save addresses',
  async (release) => {
    await using upstream = await ScriptedUpstream.start()
    await using proxy = await KafkaProxy.start({ upstream: upstream.address })
    const client = await WireClient.to(proxy.bootstrapServers[0] as string)
    let answer: Buffer | undefined
    upstream.script = () => (answer === undefined ? undefined : framed(answer))
    const seen = { same: 0, rewritten: new Set<string>() }
    for (const { api, version, requests, answers } of pairsOf(release)) {
      // acks=0 in the one wants no answer, and SaslHandshake v0 is the beginning of another protocol.
      const asked = requests.filter(
        (bytes) => api.name !== 'Produce' || (decodeAcks(api, version, bytes) !== 0 && bytes.length > 0),
      )
      for (const [i, reply] of answers.entries()) {
        const request = asked[i % asked.length]
        if (request === undefined || (api.name === 'SaslHandshake' && version === 0)) continue
        answer = reply
        const at = `${api.name} v${version}`
        const came = await client.exchangeFrame(request)
        expect(upstream.received.pop()?.equals(request), `${at} request`).toBe(true)
        if (!APIS_WITH_ADDRESSES.includes(api.name) && api.name !== 'ApiVersions') {
          expect(came.equals(reply), at).toBe(true)
          seen.same++
          continue
        }
        if (came.equals(reply)) continue
        const [before, after] = [reply, came].map(
          (frame) => decodeResponse(api as unknown as Api<object, object>, version, frame).body,
        )
        // Of what upstream serves clients are told as much as a proxy sees through.
        const rest = api.name === 'ApiVersions' ? { apiKeys: expect.any(Array) } : {}
        expect(withoutAddresses(after), at).toEqual({ ...(withoutAddresses(before) as object), ...rest })
        if (api.name === 'ApiVersions') continue
        for (const { host } of addressesIn(after)) expect(host, at).toBe('127.0.0.1')
        seen.rewritten.add(api.name)
      }
    }
    expect(seen.same).toBeGreaterThan(200)
    const wanted = APIS_WITH_ADDRESSES.filter((name) => release === '4.4.0' || !name.startsWith('Share'))
    expect([...seen.rewritten]).toEqual(expect.arrayContaining(wanted))
    client.close()
  },
  30_000,
)

function decodeAcks(api: AnyApi, version: number, frame: Buffer): unknown {
  const { end } = RequestHeader.decodePart(frame, api.requestHeaderVersion(version), 0)
  return (api.request.decode(frame, version, end) as { acks?: number }).acks
}
