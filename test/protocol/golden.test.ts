import { describe, expect, test } from 'vitest'
import { apis } from '../../src/protocol/apis.ts'
import { allMessages, allVersions } from './all-messages.ts'
import { comparable, type GoldenCase, golden, valueOfJson } from './golden.ts'

const releases = ['4.4.0', '3.9.2'] as const

/** What Kafka's classes of 3.9 have, but was never released as it stands there. */
function wasReleased(name: string, version: number): boolean {
  // Until 4.0 the type of a coordinator's record was the version of its key.
  if (/^(OffsetCommit|GroupMetadata|ConsumerGroup.*)Key$/.test(name)) return version === 0
  // Share groups were unstable in 3.9, and 4.0 began anew.
  if (/^ShareGroup.*(Key|Value)$/.test(name) || name === 'ReadShareGroupStateSummaryResponse') return false
  return !(/^Share(Acknowledge|Fetch|GroupDescribe|GroupHeartbeat)(Request|Response)$/.test(name) && version === 0)
}

/** Messages of 3.9 of which 4.x has renamed a field or two, or the whole: their bytes are the same. */
const renamed = new Map([
  ['ListClientMetricsResourcesRequest', 'ListConfigResourcesRequest'],
  ['ListClientMetricsResourcesResponse', 'ListConfigResourcesResponse'],
  ['TxnOffsetCommitRequest', 'TxnOffsetCommitRequest'],
  ['VoteRequest', 'VoteRequest'],
])

const goldens = new Map(releases.map((release) => [release, golden(release)]))

describe.each(releases)('messages as Kafka %s writes them', (release) => {
  const byMessage = new Map<string, GoldenCase[]>()
  for (const golden of goldens.get(release)?.cases ?? []) {
    if (release === '3.9.2' && !wasReleased(golden.name, golden.version)) continue
    byMessage.set(golden.name, [...(byMessage.get(golden.name) ?? []), golden])
  }

  test.each([...byMessage])('%s', (name, cases) => {
    const newName = release === '3.9.2' ? renamed.get(name) : undefined
    const message = allMessages.get(newName ?? name)
    if (message === undefined) throw new Error(`there is no message ${name}`)
    for (const { version, kind, bytes, json } of cases) {
      const value = message.decode(bytes, version)
      const at = `${name} v${version} ${kind}`
      if (newName === undefined)
        expect(comparable(message.fields, value), at).toEqual(valueOfJson(message.fields, json))
      expect(message.encode(value, version).toString('hex'), at).toBe(bytes.toString('hex'))
      expect(Buffer.concat(message.encodeSlices(value, version)).equals(bytes), at).toBe(true)
      expect(message.size(value, version), at).toBe(bytes.length)
      // 3.9 had other defaults for three structs that may be null.
      if (kind === 'DEFAULTS' && release === '4.4.0')
        expect(message.encode({}, version).toString('hex'), at).toBe(bytes.toString('hex'))
    }
  })
})

test('every message in every version is compared with what Kafka writes', () => {
  const compared = new Set(
    [...goldens.values()].flatMap(({ cases }) => cases).map(({ name, version }) => `${name} v${version}`),
  )
  const missing = allVersions.map(([{ name }, version]) => `${name} v${version}`).filter((key) => !compared.has(key))
  expect(missing).toEqual([])
})

test.each(releases)('each API has the headers that Kafka %s gives it', (release) => {
  const byName = new Map([...apis.values()].map((api) => [api.name, api]))
  for (const { api: name, version, request, response } of goldens.get(release)?.headers ?? []) {
    const api = byName.get(name === 'ListClientMetricsResources' ? 'ListConfigResources' : name)
    expect(api?.requestHeaderVersion(version), `${name} v${version}`).toBe(request)
    expect(api?.responseHeaderVersion(version), `${name} v${version}`).toBe(response)
  }
})
