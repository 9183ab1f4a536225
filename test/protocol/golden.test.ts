import { describe, expect, test } from 'vitest'
import { apis } from '../../src/protocol/apis.ts'
import { allVersions } from './all-messages.ts'
import { counterpart } from './counterparts.ts'
import { type GoldenCase, golden } from './golden.ts'
import { kafkaJson } from './kafka-json.ts'

const releases = ['4.4.0', '3.9.2'] as const

const goldens = new Map(releases.map((release) => [release, golden(release)]))

describe.each(releases)('messages as Kafka %s writes them', (release) => {
  const byMessage = new Map<string, GoldenCase[]>()
  for (const golden of goldens.get(release)?.cases ?? []) {
    byMessage.set(golden.name, [...(byMessage.get(golden.name) ?? []), golden])
  }

  test.each([...byMessage])('%s', (name, cases) => {
    for (const { version: theirs, kind, bytes, json } of cases) {
      const ours = counterpart(release, name, theirs)
      if (ours === undefined) throw new Error(`there is no ${name} v${theirs}`)
      if (typeof ours === 'string') continue
      const { message, version, renamed } = ours
      const value = message.decode(bytes, version)
      const at = `${name} v${theirs} ${kind}`
      expect(kafkaJson(message, value, version, renamed), at).toEqual(json)
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
  const compared = new Set<string>()
  for (const [release, { cases }] of goldens) {
    for (const { name, version } of cases) {
      const ours = counterpart(release, name, version)
      if (typeof ours === 'object') compared.add(`${ours.message.name} v${ours.version}`)
    }
  }
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
