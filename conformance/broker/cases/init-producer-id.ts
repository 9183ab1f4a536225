import { DescribeTransactions } from '../../../src/protocol/messages/describe-transactions.ts'
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { FindCoordinator } from '../../../src/protocol/messages/find-coordinator.ts'
import { InitProducerId } from '../../../src/protocol/messages/init-producer-id.ts'
import { casesOf } from '../case.ts'
import type { World } from '../world.ts'
import { reading } from './logs.ts'
import { transactionRecords } from './transaction-records.ts'
import { begun, complete, elsewhere, finished, sent, successor, transactionalProducer } from './transactions.ts'

interface Known {
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly transactionTimeoutMs?: number
  readonly enable2Pc?: boolean
  readonly keepPreparedTxn?: boolean
}

function asking(transactionalId: string | null, known: Known = {}) {
  const { producerId = -1, producerEpoch = -1, transactionTimeoutMs = 1000 } = known
  const { enable2Pc = false, keepPreparedTxn = false } = known
  return { transactionalId, transactionTimeoutMs, producerId, producerEpoch, enable2Pc, keepPreparedTxn }
}

/** A broker that has just started may have no ids yet, and says so (KAFKA-14694). */
async function idsAreThere(world: World): Promise<void> {
  while ((await world.arrange(InitProducerId, asking(null))).errorCode !== 0) await world.settled()
}

const TRANSACTION = 1

export const initProducerId = casesOf(
  InitProducerId,
  [
    'UNSUPPORTED_VERSION',
    'INVALID_REQUEST',
    'INVALID_TRANSACTION_TIMEOUT',
    'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    'CONCURRENT_TRANSACTIONS',
    'PRODUCER_FENCED',
    'INVALID_PRODUCER_EPOCH',
    'COORDINATOR_LOAD_IN_PROGRESS',
    'NOT_COORDINATOR',
  ],
  {
    'an id for a producer': async (world) => {
      await idsAreThere(world)
      await world.ask(InitProducerId, asking(null))
      await world.ask(InitProducerId, asking(null), { as: 'another' })
      await world.ask(InitProducerId, asking(null, { transactionTimeoutMs: -1 }), {
        as: 'a time-out that does not count',
      })
    },
    'an id for a producer that has one': [
      { versions: '3+' },
      async (world) => {
        await idsAreThere(world)
        await world.ask(InitProducerId, asking(null, { producerId: 2_000_000_000, producerEpoch: 3 }))
        await world.ask(InitProducerId, asking(null, { producerId: 2_000_000_000 }), { as: 'an id without an epoch' })
        await world.ask(InitProducerId, asking(null, { producerEpoch: 3 }), { as: 'an epoch without an id' })
        const both = { producerId: -5, producerEpoch: -5 }
        await world.ask(InitProducerId, asking(null, both), { as: 'what is neither' })
      },
    ],
    'a transactional id that is refused': async (world) => {
      await world.ask(InitProducerId, asking(''), { as: 'an empty one' })
      for (const transactionTimeoutMs of [0, -1, 900_001]) {
        const as = `a time-out of ${transactionTimeoutMs}`
        await world.ask(InitProducerId, asking(world.name('transaction'), { transactionTimeoutMs }), { as })
      }
    },
    'a transactional id': async (world) => {
      const { transactionalId } = await transactionalProducer(world)
      const written = await transactionRecords(world, transactionalId)
      await world.ask(InitProducerId, asking(transactionalId), { as: 'of the next producer' })
      await world.ask(InitProducerId, asking(transactionalId, { transactionTimeoutMs: 2000 }), { as: 'and the next' })
      await written.note('what the coordinator wrote')
    },
    'a broker that is not the coordinator': [
      { brokers: 3 },
      async (world) => {
        const transactionalId = world.name('transaction')
        const from = await elsewhere(world, transactionalId)
        await world.ask(InitProducerId, asking(transactionalId), { from })
      },
    ],
    'a transaction that is open': async (world) => {
      const { a } = await world.topics({ a: {} })
      const producer = await transactionalProducer(world)
      const { transactionalId } = producer
      const written = await transactionRecords(world, transactionalId)
      await begun(world, producer, a)
      await sent(world, producer, a)
      await world.ask(InitProducerId, asking(transactionalId))
      await complete(world, transactionalId)
      await world.ask(DescribeTransactions, { transactionalIds: [transactionalId] })
      await world.ask(InitProducerId, asking(transactionalId), { as: 'when it is aborted' })
      await world.ask(Fetch, reading(a, {}, { isolationLevel: 1 }))
      await written.note('what the coordinator wrote')
    },
    'a producer that goes on after an error': [
      { versions: '3+' },
      async (world) => {
        const { a } = await world.topics({ a: {} })
        const { transactionalId, ...first } = await transactionalProducer(world)
        const ask = (known: Known, as: string) => world.ask(InitProducerId, asking(transactionalId, known), { as })
        await ask(first, 'with what it has')
        await ask(first, 'the same again, its answer lost')
        await ask({ ...first, producerEpoch: 1 }, 'with what it was given')
        await ask(first, 'with what it had before')
        await ask({ ...first, producerEpoch: 9 }, 'with an epoch to come')
        await ask({ producerId: 2_000_000_000, producerEpoch: 0 }, 'with the id of another')
        const next = await successor(world, { transactionalId, ...first })
        await ask({ ...first, producerEpoch: 2 }, 'when another one has begun')
        await begun(world, next, a)
        await finished(world, next, true)
        await ask(next, 'after a transaction')
        const unknown = world.name('unknown')
        const body = asking(unknown, { producerId: 2_000_000_000, producerEpoch: 3 })
        await world.arrange(FindCoordinator, { key: unknown, coordinatorKeys: [unknown], keyType: TRANSACTION })
        await world.ask(InitProducerId, body, { as: 'of an id that nobody knows' })
      },
    ],
    'a transaction that has timed out': async (world) => {
      const { a } = await world.topics({ a: {} })
      const producer = await transactionalProducer(world)
      const { transactionalId } = producer
      const brief = await successor(world, producer, 500)
      const written = await transactionRecords(world, transactionalId)
      await begun(world, brief, a)
      await sent(world, brief, a)
      await world.pass(1500)
      await complete(world, transactionalId)
      await world.ask(InitProducerId, asking(transactionalId))
      await world.ask(Fetch, reading(a, {}, { isolationLevel: 1 }))
      await written.note('what the coordinator wrote')
    },
  },
)
