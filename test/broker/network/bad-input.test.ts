import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import { WellBehavedClient, wellBehavedTopic } from '../../fuzz/well-behaved-client.ts'
import facts39 from '../facts/bad-requests-3.9.2.json' with { type: 'json' }
import facts44 from '../facts/bad-requests-4.4.0.json' with { type: 'json' }
import { type BadRequest, badRequests, type Outcome, outcomeOf } from './bad-requests.ts'

describe.each([
  ['4.4', facts44],
  ['3.9', facts39],
])('as Kafka %s does, the broker takes', (version, facts: Record<string, Outcome>) => {
  let cluster: KafkaCluster
  beforeAll(async () => {
    cluster = await KafkaCluster.start({ version, topics: { bad: {} } })
  })
  afterAll(() => cluster.stop())

  test.each(Object.entries(facts))('%s', async (name, outcome) => {
    const unexpected: unknown[] = []
    const opened: string[] = []
    const reasons: (string | undefined)[] = []
    const stops = [
      cluster.events.on('unhandledException', ({ error }) => unexpected.push(error)),
      cluster.events.on('connection:open', ({ connectionId }) => opened.push(connectionId)),
      cluster.events.on('connection:close', ({ connectionId, reason }) => {
        // The last one's client may only now be heard to have left.
        if (opened.includes(connectionId)) reasons.push(reason)
      }),
    ]
    expect(await outcomeOf(badRequests[name] as BadRequest, cluster.connect())).toEqual(outcome)
    for (const stop of stops) stop()
    expect(unexpected).toEqual([])
    // Whoever is closed is told of, once, with the reason.
    if (!outcome.open) expect(reasons).toEqual([expect.stringMatching(/./)])
  })
})

test('whoever sends that disturbs nobody, and nothing that was acknowledged is lost', async () => {
  await using cluster = await KafkaCluster.start({ topics: { bad: {}, ...wellBehavedTopic } })
  const client = await WellBehavedClient.start(cluster)
  for (const request of Object.values(badRequests)) {
    await Promise.all([outcomeOf(request, cluster.connect()), client.turn()])
  }
  await client.finish()
  expect(cluster.network.connections).toHaveLength(WellBehavedClient.CONNECTIONS)
  client.close()
})

test('over TCP the line says who sent what', async () => {
  await using cluster = await KafkaCluster.start()
  const told = new Promise((resolve) => cluster.events.on('connection:close', resolve))
  const socket = connect(Number(cluster.bootstrapServers[0]?.split(':')[1]), '127.0.0.1')
  socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await once(socket, 'connect')
  const remote = `127.0.0.1:${socket.localPort}`
  expect(await told).toMatchObject({ nodeId: 1, remote, reason: 'what it sent looks like HTTP (GET /metrics)' })
  socket.destroy()
})
