import { FindCoordinator } from '../../../src/protocol/messages/find-coordinator.ts'
import { InitProducerId } from '../../../src/protocol/messages/init-producer-id.ts'
import { casesOf } from '../case.ts'
import type { World } from '../world.ts'

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
  ['UNSUPPORTED_VERSION', 'INVALID_REQUEST', 'INVALID_TRANSACTION_TIMEOUT', 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'],
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
      const coordinator = { coordinatorKeys: ['transaction'], key: 'transaction', keyType: TRANSACTION }
      for (let tries = 0; tries < 50; tries++) {
        await world.arrange(FindCoordinator, coordinator)
        if ((await world.arrange(InitProducerId, asking('transaction'))).errorCode === 0) break
        await world.settled()
      }
      await world.ask(InitProducerId, asking(world.name('transaction')))
    },
  },
)
