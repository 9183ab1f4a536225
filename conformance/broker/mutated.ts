/**
 * Sends mutated frames to a broker and to memkafka passing for the same release, and says where one answers and the other
 * closes the connection: `node conformance/broker/mutated.ts 127.0.0.1:9092 4.4 [frames] [seed]`. What may be held is left
 * out. Two differences are known: 2^31 tagged fields and more are none to Kafka, which also does not hold the size of a tagged
 * field that it knows against what it reads of it; both are refused here. Whether the answers are alike is for the cases of
 * each API: here the states drift apart.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { Random } from '../../src/broker/random.ts'
import { KafkaCluster } from '../../src/index.ts'
import { ApiKey } from '../../src/protocol/api-keys.ts'
import { apis } from '../../src/protocol/apis.ts'
import { CreateTopics } from '../../src/protocol/messages/create-topics.ts'
import { outcomeOf } from '../../test/broker/network/bad-requests.ts'
import { makeBatches } from '../../test/fuzz/batches.ts'
import { mutate } from '../../test/fuzz/mutations.ts'
import { pick } from '../../test/fuzz/pick.ts'
import { makeSeeds } from '../../test/fuzz/seeds.ts'
import { WireClient } from '../../test/wire-client.ts'
import { giveUp, readCommandLine, wrongUsage } from '../command-line.ts'

/** These wait for others as long as the request says. */
const HELD: ReadonlySet<number> = new Set([ApiKey.Fetch, ApiKey.JoinGroup, ApiKey.SyncGroup])

/** Kafka never answers what it trips over twice, such as null records: after so long the frame does not count. */
const PATIENCE_MS = 2000

const [address = '127.0.0.1:9092', version = '4.4', frames = '2000', seed = '1'] = readCommandLine({
  allowPositionals: true,
}).positionals
if (![frames, seed].every((number) => /^\d+$/.test(number)))
  wrongUsage(`frames and seed are whole numbers: ${frames}, ${seed}`)
const [host = '', port] = address.split(':')

const kafka = await WireClient.to(address).catch(giveUp)
const topics = [{ name: 'fuzzed', numPartitions: 3, replicationFactor: 1 }]
await kafka.send(CreateTopics, 5, { topics, timeoutMs: 9000 })
kafka.close()

const random = new Random(Number(seed))
const { served } = makeSeeds(Number(seed), random, {
  topics: ['fuzzed', 'unknown', ''],
  topicIds: ['AAAAAAAAAAAAAAAAAAAAQQ'],
  groups: ['group', ''],
  brokers: [1],
  batches: makeBatches(1_700_000_000_000),
})

const cluster = await KafkaCluster.start({ version, topics: { fuzzed: { partitions: 3 } } }).catch(giveUp)
let sent = 0
let unanswered = 0
let different = 0
while (sent < Number(frames)) {
  const frame = mutate(pick(random, served), random, pick(random, served))
  const isWhole = frame.length >= 8 && frame.readInt32BE(0) === frame.length - 4
  if (!isWhole || HELD.has(frame.readInt16BE(4))) continue
  sent++
  const socket = connect(Number(port), host)
  await once(socket, 'connect')
  let late = false
  const patience = setTimeout(() => {
    late = true
    socket.destroy()
  }, PATIENCE_MS)
  const { open: theirs } = await outcomeOf({ bytes: frame }, socket)
  clearTimeout(patience)
  if (late) {
    unanswered++
    continue
  }
  const { open: ours } = await outcomeOf({ bytes: frame }, cluster.connect())
  if (ours === theirs) continue
  different++
  const name = apis.get(frame.readInt16BE(4))?.name ?? 'no API'
  const told = (open: boolean) => (open ? 'answers' : 'closes')
  console.log(
    `${name} v${frame.readInt16BE(6)}: Kafka ${told(theirs)}, memkafka ${told(ours)}: ${frame.toString('hex')}`,
  )
}
console.log(`${sent} frames, ${different} taken otherwise, ${unanswered} that Kafka did not answer`)
await cluster.stop()
