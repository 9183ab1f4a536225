/**
 * Asks a broker every case and prints what it answers, a case a line: run it against Kafka and against memkafka, and
 * compare what is printed.
 *
 *   node conformance/admin/ask.ts <host:port> > answers.txt
 */

import { ApiVersions } from '../../src/protocol/messages/api-versions.ts'
import { WireClient } from '../../test/wire-client.ts'
import { cases } from './cases.ts'

const [address] = process.argv.slice(2)
if (address === undefined) {
  console.error('usage: node conformance/admin/ask.ts <host:port>')
  process.exit(2)
}

const differing = [
  'throttleTimeMs',
  'topicId',
  'clusterId',
  'controllerId',
  'host',
  'port',
  'leaderId',
  'replicaNodes',
  'isrNodes',
]

let client = await WireClient.to(address)
const { apiKeys } = await client.send(ApiVersions, 3, { clientSoftwareName: 'ask', clientSoftwareVersion: '1' })
const ranges = new Map(apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, [minVersion, maxVersion]]))

for (const { name, api, versions, body, bodyOf } of cases()) {
  for (const version of versions) {
    const [min = 0, max = -1] = ranges.get(api.key) ?? []
    if (version < min || version > max) continue
    // A change reaches Kafka's brokers a little later than its answer the client.
    if (name.includes('afterwards') || name.startsWith('list ')) await new Promise((done) => setTimeout(done, 200))
    let answer: unknown
    try {
      answer = await Promise.race([client.send(api, version, (bodyOf?.(version) ?? body) as never), silence()])
    } catch (error) {
      answer = String(error)
      client.close()
      client = await WireClient.to(address)
    }
    console.log(`${name} v${version}: ${JSON.stringify(normal(answer))}`)
  }
}
client.close()

/** A broker may fail so that it never answers. */
function silence(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error('no answer within 5 s')), 5000).unref()
  })
}

/** An answer without what differs from run to run: times, ids that are random, placement, the order of lists without one. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(normal)
    const isOfObjects = items.every((item) => typeof item === 'object')
    return isOfObjects ? items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : items
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !differing.includes(key))
      .map(([key, item]) => [key, key === 'synonyms' ? item : normal(item)]),
  )
}
