/** What the cases about transactions do: a producer with a transactional id, and what it asks. */
import { ErrorCode, type ErrorName, errorName } from '../../../src/protocol/errors.ts'
import type { Input } from '../../../src/protocol/message.ts'
import {
  AddPartitionsToTxn,
  type AddPartitionsToTxnRequest,
} from '../../../src/protocol/messages/add-partitions-to-txn.ts'
import { DescribeTransactions } from '../../../src/protocol/messages/describe-transactions.ts'
import { EndTxn } from '../../../src/protocol/messages/end-txn.ts'
import { FindCoordinator } from '../../../src/protocol/messages/find-coordinator.ts'
import { InitProducerId } from '../../../src/protocol/messages/init-producer-id.ts'
import { Produce } from '../../../src/protocol/messages/produce.ts'
import type { Client, Topic, World } from '../world.ts'
import { batch, to } from './logs.ts'
import { type Producer, transactionalProducer } from './transactional-offsets.ts'

export { type Producer, transactionalProducer } from './transactional-offsets.ts'

const TRANSACTION = 1

/** The last version of AddPartitionsToTxn that is for clients, and of EndTxn without a new epoch. */
const OLD = { add: 3, end: 4, produce: 11 }

/** The body of an InitProducerId. */
export function initializing(
  transactionalId: string | null,
  { producerId = -1, producerEpoch = -1, transactionTimeoutMs = 60_000 } = {},
) {
  return { transactionalId, transactionTimeoutMs, producerId, producerEpoch }
}

/** The body of an AddPartitionsToTxn, whatever its version. */
export function adding(
  { transactionalId, producerId, producerEpoch }: Producer,
  topics: readonly (readonly [Topic, readonly number[]])[],
  verifyOnly = false,
): Input<AddPartitionsToTxnRequest> {
  const named = topics.map(([{ name }, partitions]) => ({ name, partitions: [...partitions] }))
  return {
    transactions: [{ transactionalId, producerId, producerEpoch, verifyOnly, topics: named }],
    v3AndBelowTransactionalId: transactionalId,
    v3AndBelowProducerId: producerId,
    v3AndBelowProducerEpoch: producerEpoch,
    v3AndBelowTopics: named,
  }
}

/** Begins a transaction in transaction version 1, on the first partition of some topics; not compared. */
export function begun(world: World, producer: Producer, ...topics: readonly Topic[]): Promise<void> {
  return added(
    world,
    producer,
    topics.map((topic) => [topic, [0]]),
  )
}

/** Adds partitions to a transaction in transaction version 1; not compared. */
export async function added(
  world: World,
  producer: Producer,
  topics: readonly (readonly [Topic, readonly number[]])[],
): Promise<void> {
  const body = adding(producer, topics)
  for (;;) {
    const version = world.highest(AddPartitionsToTxn, OLD.add)
    const { resultsByTopicV3AndBelow: results } = await world.arrange(AddPartitionsToTxn, body, { version })
    const code = results[0]?.resultsByPartition[0]?.partitionErrorCode ?? -1
    if (code === ErrorCode.NONE) return
    await again(world, code)
  }
}

/** Where a record is sent. */
export interface SentTo {
  readonly index?: number
  /** The client that sends it. Default: one to broker 1. */
  readonly from?: Client
}

/** Writes a record in a transaction that has begun; not compared. */
export async function sent(
  world: World,
  producer: Producer,
  topic: Topic,
  { index = 0, from }: SentTo = {},
): Promise<void> {
  for (;;) {
    const body = to(topic, recordOf(world, producer), { transactionalId: producer.transactionalId, index })
    const version = world.highest(Produce, OLD.produce)
    const { responses } = await world.arrange(Produce, body, { version, ...(from === undefined ? {} : { from }) })
    const code = responses[0]?.partitionResponses[0]?.errorCode ?? -1
    if (code === ErrorCode.NONE) return
    await again(world, code)
  }
}

/** A batch of one record of a transaction. */
export function recordOf(
  world: World,
  { producerId, producerEpoch }: Producer,
  { baseSequence = 0, value = 'v' } = {},
): Buffer {
  return batch(world, [value], { producerId, producerEpoch, baseSequence, isTransactional: true })
}

/** Ends a transaction in transaction version 1, and waits until all its markers are there; not compared. */
export async function finished(world: World, producer: Producer, committed: boolean): Promise<void> {
  for (;;) {
    const version = world.highest(EndTxn, OLD.end)
    const { errorCode } = await world.arrange(EndTxn, { ...producer, committed }, { version })
    if (errorCode === ErrorCode.NONE) break
    await again(world, errorCode)
  }
  await complete(world, producer.transactionalId)
}

/** Waits until a transaction that is ending has its markers everywhere. */
export async function complete(world: World, transactionalId: string): Promise<void> {
  for (;;) {
    const { transactionStates } = await world.arrange(DescribeTransactions, { transactionalIds: [transactionalId] })
    const state = transactionStates[0]?.transactionState ?? ''
    if (state.startsWith('Complete')) return
    await world.settled()
  }
}

/** Another producer with the same transactional id, when there is no transaction to abort any more; not compared. */
export async function successor(
  world: World,
  { transactionalId }: Producer,
  transactionTimeoutMs = 60_000,
): Promise<Producer> {
  for (;;) {
    const version = world.highest(InitProducerId, 5)
    const answer = await world.arrange(InitProducerId, initializing(transactionalId, { transactionTimeoutMs }), {
      version,
    })
    const { producerId, producerEpoch, errorCode } = answer
    if (errorCode === ErrorCode.NONE) return { transactionalId, producerId, producerEpoch }
    await again(world, errorCode)
  }
}

/** A producer whose transactions the first broker coordinates. */
export async function producerAtFirst(world: World): Promise<Producer> {
  for (let i = 0; ; i++) {
    const name = `transaction-${i}`
    if ((await coordinatorOf(world, world.name(name))) === 1) return transactionalProducer(world, name)
  }
}

/** A client of a broker that does not coordinate a transactional id. */
export async function elsewhere(world: World, transactionalId: string): Promise<Client> {
  const coordinator = await coordinatorOf(world, transactionalId)
  await world.settled()
  return world.client(coordinator === 1 ? 2 : 1)
}

async function coordinatorOf(world: World, transactionalId: string): Promise<number> {
  for (;;) {
    const body = { key: transactionalId, coordinatorKeys: [transactionalId], keyType: TRANSACTION }
    const version = world.highest(FindCoordinator, 3)
    const { errorCode, nodeId } = await world.arrange(FindCoordinator, body, { version })
    if (errorCode === ErrorCode.NONE) return nodeId
    await again(world, errorCode)
  }
}

const passing: ReadonlySet<ErrorName> = new Set([
  'COORDINATOR_NOT_AVAILABLE',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR',
  'CONCURRENT_TRANSACTIONS',
  'NOT_ENOUGH_REPLICAS',
  'REQUEST_TIMED_OUT',
])

async function again(world: World, code: number): Promise<void> {
  const error = errorName(code)
  if (!passing.has(error)) throw new Error(`a transaction cannot go on: ${error}`)
  await world.settled()
}
