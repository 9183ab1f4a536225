import { describe, expect, test } from 'vitest'
import { encodeResponse } from '../../src/protocol/frame.ts'
import { Fetch, type FetchResponse } from '../../src/protocol/messages/fetch.ts'
import { Metadata } from '../../src/protocol/messages/metadata.ts'
import { KafkaProxy } from '../../src/proxy/kafka-proxy.ts'
import { WireClient } from '../wire-client.ts'
import { ScriptedUpstream } from './scripted-upstream.ts'

// KIP-951: an answer tells at its end where those are who lead instead. Most of it is with the client by then.

const RECORDS = Buffer.alloc(3_000_000, 7)
const TOPIC_ID = 'AAAAAAAAQACAAAAAAAAAAQ'

interface Told {
  readonly answer: FetchResponse
  /** Bytes of the frame that upstream sent, and of the one that came. */
  readonly sent: number
  readonly came: number
}

/** What a client is told where upstream tells it of these hosts at the end of a long answer; `known` to Metadata or not. */
async function told(hosts: readonly string[], known: readonly string[] = hosts, records = RECORDS): Promise<Told> {
  await using upstream = await ScriptedUpstream.start()
  await using proxy = await KafkaProxy.start({ upstream: upstream.address })
  const client = await WireClient.to(proxy.bootstrapServers[0] as string)
  const at = (host: string, i: number) => ({ nodeId: 20 + i, host, port: 9092 })
  let sent = 0
  upstream.script = (frame) => {
    const correlationId = frame.readInt32BE(4)
    if (frame.readInt16BE(0) === Metadata.key) {
      return Buffer.concat(encodeResponse(Metadata, 12, correlationId, { brokers: known.map(at) }))
    }
    const partitions = [{ partitionIndex: 3, records: [records] }]
    const responses = [{ topicId: TOPIC_ID, partitions }]
    const nodeEndpoints = hosts.map((host, i) => ({ ...at(host, i), rack: 'a' }))
    const answer = Buffer.concat(encodeResponse(Fetch, 17, correlationId, { responses, nodeEndpoints }))
    sent = answer.length - 4
    return answer
  }
  await client.send(Metadata, 12, { topics: [] })
  const { correlationId, frame } = await client.exchange(Fetch, 17, { topics: [] })
  expect(frame.readInt32BE(0)).toBe(correlationId)
  const answer = Fetch.response.decode(frame, 17, 5)
  expect(Buffer.concat(answer.responses[0]?.partitions[0]?.records ?? []).equals(records)).toBe(true)
  for (const { host, port } of answer.nodeEndpoints) {
    expect(host).toBe('127.0.0.1')
    expect(proxy.bootstrapServers).toContain(`${host}:${port}`)
  }
  client.close()
  return { answer, sent, came: frame.length }
}

describe('who leads instead is told at the end of a long answer', () => {
  test('in as many bytes where hosts of upstream have longer names', async () => {
    const { answer, sent, came } = await told(['kafka-1.staging.internal', 'kafka-2.staging.internal'])
    expect(answer.nodeEndpoints.map(({ nodeId, rack }) => [nodeId, rack])).toEqual([
      [20, 'a'],
      [21, 'a'],
    ])
    expect(came).toBe(sent)
  })

  test('by a listener that is there by then, where nobody knew of the node', async () => {
    const { answer, sent, came } = await told(['kafka-1.staging.internal'], [])
    expect(answer.nodeEndpoints).toHaveLength(1)
    expect(came).toBe(sent)
  })

  test('where hosts of upstream have shorter names, by an answer that is held until all of it is here', async () => {
    const { answer, sent, came } = await told(['kafka'])
    expect(answer.nodeEndpoints).toHaveLength(1)
    expect(came).toBe(sent + '127.0.0.1'.length - 'kafka'.length)
  })

  test('not at all where nobody knew of a node with so short a name: the client asks for metadata', async () => {
    const { answer, sent, came } = await told(['kafka'], [])
    expect(answer.nodeEndpoints).toEqual([])
    expect(came).toBe(sent)
    const short = await told(['kafka'], [], Buffer.alloc(100))
    expect(short.answer.nodeEndpoints).toHaveLength(1)
  })
})
