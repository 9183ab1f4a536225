import { ErrorCode, errorName } from '../../../src/protocol/errors.ts'
import { AddOffsetsToTxn } from '../../../src/protocol/messages/add-offsets-to-txn.ts'
import { AddPartitionsToTxn } from '../../../src/protocol/messages/add-partitions-to-txn.ts'
import { DescribeProducers } from '../../../src/protocol/messages/describe-producers.ts'
import { DescribeTransactions } from '../../../src/protocol/messages/describe-transactions.ts'
import { EndTxn } from '../../../src/protocol/messages/end-txn.ts'
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { InitProducerId } from '../../../src/protocol/messages/init-producer-id.ts'
import { ListTransactions } from '../../../src/protocol/messages/list-transactions.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { reading, to } from '../cases/logs.ts'
import { adding, begun, initializing, type Producer, recordOf, transactionalProducer } from '../cases/transactions.ts'
import type { Topic, World } from '../world.ts'
import { coordinate, coordinated, find, give, TRANSACTION } from './coordinators.ts'
import { committed } from './partitions.ts'

const READ_COMMITTED = 1
/** The last versions without an epoch for every transaction, and without partitions that Produce adds. */
const OLD = { add: 3, end: 4, init: 5, produce: 11 }
const LOOKS = 200
const PAUSE_MS = 100

/** Transactions that are open while their coordinator moves, its broker stops, and the leader of what they wrote changes. */
export async function transactionMoves(world: World): Promise<void> {
  const topic = await world.topic('orders', { replicas: [[1, 2, 3]] })
  const transactionalId = world.name('transaction')
  await coordinate(world, TRANSACTION, transactionalId, [1, 2, 3])
  const producer = await transactionalProducer(world)

  await begun(world, producer, topic)
  await sent(world, producer, topic, 0)
  await coordinate(world, TRANSACTION, transactionalId, [2, 1, 3])
  await find(world, TRANSACTION, transactionalId, [1, 3], 'after it moved')
  await askInEach(world, producer, topic, 1)
  await describe(world, producer, topic, 2, 'open where it moved to')
  await end(world, producer, 2, true, 'where it moved to')
  await describe(world, producer, topic, 2, 'committed')

  const at2 = { from: world.clientTo(2) }
  await world.ask(AddPartitionsToTxn, adding(producer, [[topic, [0]]]), {
    ...at2,
    version: OLD.add,
    as: 'the next one',
  })
  await sent(world, producer, topic, 1)
  await world.stop(2)
  await coordinated(world, TRANSACTION, transactionalId, 1)
  await find(world, TRANSACTION, transactionalId, [1, 3], 'after its broker stopped')
  await describe(world, producer, topic, 1, 'open after its broker stopped')
  await end(world, producer, 1, false, 'after its broker stopped')
  await describe(world, producer, topic, 1, 'aborted')
  await world.start(2)

  await begun(world, producer, topic)
  await sent(world, producer, topic, 2)
  await give(world, topic.name, [0], [3, 1, 2])
  const at3 = { from: world.clientTo(3) }
  const again = to(topic, recordOf(world, producer, { baseSequence: 2 }), { transactionalId })
  await world.ask(Produce, again, { ...at3, version: OLD.produce, as: 'the same again to the next leader' })
  const next = to(topic, recordOf(world, producer, { baseSequence: 3 }), { transactionalId })
  await world.ask(Produce, next, { ...at3, version: OLD.produce, as: 'the next one to the next leader' })
  await see(world, topic, 3, 'open at the next leader')
  const body = initializing(transactionalId)
  await world.ask(InitProducerId, body, { version: world.highest(InitProducerId, OLD.init), as: 'a successor' })
  await complete(world, transactionalId, 1)
  const late = to(topic, recordOf(world, producer, { baseSequence: 4 }), { transactionalId })
  await world.ask(Produce, late, { ...at3, version: OLD.produce, as: 'by who was fenced' })
  await committed(world, topic, 7, { at: [3] })
  await see(world, topic, 3, 'fenced and aborted')
}

/** At a broker that coordinates it no more. */
async function askInEach(world: World, producer: Producer, topic: Topic, nodeId: number): Promise<void> {
  const told = { from: world.clientTo(nodeId), as: 'where it was' }
  const { transactionalId, producerId, producerEpoch } = producer
  const own = { transactionalId, producerId, producerEpoch }
  await world.askEach(InitProducerId, initializing(transactionalId), {
    ...told,
    versions: world.versions(InitProducerId),
  })
  const ofClients = { min: world.versions(AddPartitionsToTxn).min, max: OLD.add }
  await world.askEach(AddPartitionsToTxn, adding(producer, [[topic, [0]]]), { ...told, versions: ofClients })
  await world.askEach(AddOffsetsToTxn, { ...own, groupId: world.name('group') }, told)
  await world.askEach(EndTxn, { ...own, committed: true }, told)
  await world.askEach(DescribeTransactions, { transactionalIds: [transactionalId] }, told)
  await world.askEach(ListTransactions, {}, told)
}

async function end(world: World, producer: Producer, nodeId: number, committed: boolean, as: string): Promise<void> {
  const version = world.highest(EndTxn, OLD.end)
  await world.ask(EndTxn, { ...producer, committed }, { from: world.clientTo(nodeId), version, as })
  await complete(world, producer.transactionalId, nodeId)
}

/** Writes a record to broker 1, whose verification Kafka may want to be tried again; not compared. */
async function sent(world: World, producer: Producer, topic: Topic, baseSequence: number): Promise<void> {
  const { transactionalId } = producer
  let seen = ''
  for (let look = 0; look < LOOKS; look++) {
    const body = to(topic, recordOf(world, producer, { baseSequence }), { transactionalId })
    const { responses } = await world.arrange(Produce, body, { version: OLD.produce })
    seen = errorName(responses[0]?.partitionResponses[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR)
    if (seen === 'NONE') return
    await world.pass(PAUSE_MS)
  }
  throw new Error(`cannot write sequence ${baseSequence}: ${seen}`)
}

/** Waits until a transaction that is ending has its markers everywhere. */
async function complete(world: World, transactionalId: string, nodeId: number): Promise<void> {
  const from = world.clientTo(nodeId)
  let state = ''
  for (let look = 0; look < LOOKS; look++) {
    const body = { transactionalIds: [transactionalId] }
    const { transactionStates } = await world.arrange(DescribeTransactions, body, { from })
    state = transactionStates[0]?.transactionState ?? ''
    if (state.startsWith('Complete') || state === 'Empty') return
    await world.pass(PAUSE_MS)
  }
  throw new Error(`${transactionalId} does not end: ${state}`)
}

async function describe(world: World, producer: Producer, topic: Topic, nodeId: number, as: string): Promise<void> {
  const told = { from: world.clientTo(nodeId), as }
  await world.ask(DescribeTransactions, { transactionalIds: [producer.transactionalId] }, told)
  await see(world, topic, 1, as)
}

async function see(world: World, topic: Topic, nodeId: number, as: string): Promise<void> {
  const told = { from: world.clientTo(nodeId), as }
  await world.ask(Fetch, reading(topic, {}, { isolationLevel: READ_COMMITTED }), told)
  await world.ask(DescribeProducers, { topics: [{ name: topic.name, partitionIndexes: [0] }] }, told)
}
