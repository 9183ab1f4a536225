import { ErrorCode, errorName } from '../../../src/protocol/errors.ts'
import { AddOffsetsToTxn } from '../../../src/protocol/messages/add-offsets-to-txn.ts'
import { AddPartitionsToTxn } from '../../../src/protocol/messages/add-partitions-to-txn.ts'
import { DescribeProducers, type DescribeProducersResponse } from '../../../src/protocol/messages/describe-producers.ts'
import { DescribeTransactions } from '../../../src/protocol/messages/describe-transactions.ts'
import { EndTxn } from '../../../src/protocol/messages/end-txn.ts'
import { Fetch, type FetchResponse } from '../../../src/protocol/messages/fetch.ts'
import { InitProducerId } from '../../../src/protocol/messages/init-producer-id.ts'
import { ListTransactions } from '../../../src/protocol/messages/list-transactions.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import { readBatches } from '../../../src/protocol/records/record-batch.ts'
import { altered, reading, to } from '../cases/logs.ts'
import { adding, begun, initializing, type Producer, recordOf, transactionalProducer } from '../cases/transactions.ts'
import type { Topic, World } from '../world.ts'
import { coordinate, coordinated, find, give, TRANSACTION } from './coordinators.ts'
import { committed } from './partitions.ts'

const READ_COMMITTED = 1
/** The last versions without an epoch for every transaction, and without partitions that Produce adds. */
const OLD = { add: 3, end: 4, init: 5, produce: 11 }
const EPOCH_BYTES = 4
const NONE = -1
const LOOKS = 200
const PAUSE_MS = 100

/**
 * The epochs of a coordinator, which markers carry, count all leaders that its partition has had, before this script as well: the first
 * one that is seen is told as 0.
 */
class Epochs {
  private first: number | undefined

  readonly inProducers = (answer: DescribeProducersResponse): DescribeProducersResponse => ({
    ...answer,
    topics: answer.topics.map((topic) => ({
      ...topic,
      partitions: topic.partitions.map((partition) => ({
        ...partition,
        activeProducers: partition.activeProducers.map((producer) => ({
          ...producer,
          coordinatorEpoch: this.told(producer.coordinatorEpoch),
        })),
      })),
    })),
  })

  readonly inRecords = (answer: FetchResponse): FetchResponse => ({
    ...answer,
    responses: answer.responses.map((topic) => ({
      ...topic,
      partitions: topic.partitions.map((partition) => ({ ...partition, records: this.inBatches(partition.records) })),
    })),
  })

  private inBatches(records: readonly Buffer[] | null): Buffer[] | null {
    if (records === null) return null
    return [...readBatches(Buffer.concat(records), { allowPartial: true })].map(({ isControl, bytes }) => {
      if (!isControl) return bytes
      // The one record of a marker ends with the epoch, and with how many headers it has: none.
      const at = bytes.length - 1 - EPOCH_BYTES
      return altered(bytes, (copy) => copy.writeInt32BE(this.told(copy.readInt32BE(at)), at))
    })
  }

  private told(epoch: number): number {
    if (epoch === NONE) return NONE
    this.first ??= epoch
    return epoch - this.first
  }
}

/** Transactions that are open while their coordinator moves, its broker stops, and the leader of what they wrote changes. */
export async function transactionMoves(world: World): Promise<void> {
  const topic = await world.topic('orders', { replicas: [[1, 2, 3]] })
  const transactionalId = world.name('transaction')
  const epochs = new Epochs()
  await coordinate(world, TRANSACTION, transactionalId, [1, 2, 3])
  // Of an id that nobody has 0 is told, which is a producer's too: the first one's of a cluster.
  await transactionalProducer(world, 'first')
  const producer = await transactionalProducer(world)

  await begun(world, producer, topic)
  await sent(world, producer, topic, 0)
  await coordinate(world, TRANSACTION, transactionalId, [2, 1, 3])
  await find(world, TRANSACTION, transactionalId, [1, 3], 'after it moved')
  await askInEach(world, producer, topic, 1)
  await describe(world, producer, topic, 2, 'open where it moved to', epochs)
  await end(world, producer, 2, true, 'where it moved to')
  await describe(world, producer, topic, 2, 'committed', epochs)

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
  await describe(world, producer, topic, 1, 'open after its broker stopped', epochs)
  await end(world, producer, 1, false, 'after its broker stopped')
  await describe(world, producer, topic, 1, 'aborted', epochs)
  await world.start(2)

  await begun(world, producer, topic)
  await sent(world, producer, topic, 2)
  await give(world, topic.name, [0], [3, 1, 2])
  const at3 = { from: world.clientTo(3) }
  const again = to(topic, recordOf(world, producer, { baseSequence: 2 }), { transactionalId })
  await world.ask(Produce, again, { ...at3, version: OLD.produce, as: 'the same again to the next leader' })
  const next = to(topic, recordOf(world, producer, { baseSequence: 3 }), { transactionalId })
  await world.ask(Produce, next, { ...at3, version: OLD.produce, as: 'the next one to the next leader' })
  await see(world, topic, 3, 'open at the next leader', epochs)
  const body = initializing(transactionalId)
  await world.ask(InitProducerId, body, { version: world.highest(InitProducerId, OLD.init), as: 'a successor' })
  await complete(world, transactionalId, 1)
  const late = to(topic, recordOf(world, producer, { baseSequence: 4 }), { transactionalId })
  await world.ask(Produce, late, { ...at3, version: OLD.produce, as: 'by who was fenced' })
  await committed(world, topic, 7, { at: [3] })
  await see(world, topic, 3, 'fenced and aborted', epochs)
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

async function describe(
  world: World,
  producer: Producer,
  topic: Topic,
  nodeId: number,
  as: string,
  epochs: Epochs,
): Promise<void> {
  const told = { from: world.clientTo(nodeId), as }
  await world.ask(DescribeTransactions, { transactionalIds: [producer.transactionalId] }, told)
  await see(world, topic, 1, as, epochs)
}

async function see(world: World, topic: Topic, nodeId: number, as: string, epochs: Epochs): Promise<void> {
  const told = { from: world.clientTo(nodeId), as }
  await world.ask(Fetch, reading(topic, {}, { isolationLevel: READ_COMMITTED }), {
    ...told,
    telling: epochs.inRecords,
  })
  const partitions = { topics: [{ name: topic.name, partitionIndexes: [0] }] }
  await world.ask(DescribeProducers, partitions, { ...told, telling: epochs.inProducers })
}
