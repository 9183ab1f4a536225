/**
 * What a broker makes of requests that nobody should send, as JSON: `node conformance/broker/bad-requests.ts
 * 127.0.0.1:9092 > test/broker/facts/bad-requests-4.4.0.json`. It makes the topic `bad` that they ask for.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { CreateTopics } from '../../src/protocol/messages/create-topics.ts'
import { badRequests, outcomeOf } from '../../test/broker/network/bad-requests.ts'
import { WireClient } from '../../test/wire-client.ts'
import { giveUp } from '../command-line.ts'

const [address = '127.0.0.1:9092'] = process.argv.slice(2)
const [host, port] = address.split(':')

const client = await WireClient.to(address).catch(giveUp)
await client.send(CreateTopics, 5, {
  topics: [{ name: 'bad', numPartitions: 1, replicationFactor: 1 }],
  timeoutMs: 9000,
})
client.close()

const outcomes: Record<string, unknown> = {}
for (const [name, request] of Object.entries(badRequests)) {
  const socket = connect(Number(port), host)
  await once(socket, 'connect')
  outcomes[name] = await outcomeOf(request, socket)
}
process.stdout.write(`${JSON.stringify(outcomes, null, 2)}\n`)
