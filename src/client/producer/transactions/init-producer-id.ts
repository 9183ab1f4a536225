import { EndTxn } from '../../../protocol/messages/end-txn.ts'
import { InitProducerId } from '../../../protocol/messages/init-producer-id.ts'
import type { Broker } from '../../broker.ts'
import type { CallOptions } from '../../channel.ts'
import type { Client } from '../../client.ts'
import { throwIf } from '../../errors/kafka-error.ts'
import { retrying } from '../../retrying.ts'
import { callCoordinator, transactionCoordinator } from './coordinator-call.ts'
import { NO_PRODUCER, type ProducerIdentity } from './producer-identity.ts'

/** The newest version without two-phase commit (KIP-939), which needs a producer that asks for it. */
const NEWEST = 5
/** The first that tells the coordinator which id and epoch the producer has, and so makes the epoch the next one (KIP-360). */
const BUMPS_EPOCH = 3
/** Of EndTxn, the first that answers with the next transaction's epoch (KIP-890). */
const ENDS_WITH_EPOCH = 5
/** Of the feature `transaction.version`: transactions v2 (KIP-890). */
const TRANSACTIONS_V2 = 2

/** A producer's identity, and what its coordinator can do for it. */
interface Initialized extends ProducerIdentity {
  /** Whether the coordinator can give it another epoch (KIP-360, Kafka 2.5). */
  readonly canBumpEpoch: boolean
  readonly isTransactionV2: boolean
}

/**
 * InitProducerId of a transactional id: fences its earlier producers and ends their transaction.
 * @param current this producer's own identity, when it needs another epoch
 */
export function initTransactionalProducer(
  client: Client,
  transactionalId: string,
  current: ProducerIdentity = NO_PRODUCER,
  options: CallOptions = {},
): Promise<Initialized> {
  const transactionTimeoutMs = client.config.producer.transaction.timeout
  return callCoordinator<Initialized>(
    client,
    {
      ...transactionCoordinator(client, transactionalId),
      ask: async (coordinator, { signal }) => {
        const version = await coordinator.versionOf(InitProducerId, { signal, maxVersion: NEWEST })
        const canBumpEpoch = version >= BUMPS_EPOCH
        const body = { transactionalId, transactionTimeoutMs, ...(canBumpEpoch ? current : {}) }
        const answer = await coordinator.send(InitProducerId, body, { signal, maxVersion: version })
        throwIf(answer.errorCode)
        const { producerId, producerEpoch } = answer
        return { producerId, producerEpoch, canBumpEpoch, isTransactionV2: await usesV2(coordinator, { signal }) }
      },
    },
    options,
  )
}

/** Transactions v2 need the cluster's consent and this client's: `config.version` may keep EndTxn below the version that they need. */
async function usesV2(coordinator: Broker, options: CallOptions): Promise<boolean> {
  const level = coordinator.finalizedFeatures.get('transaction.version') ?? 0
  return level >= TRANSACTIONS_V2 && (await coordinator.versionOf(EndTxn, options)) >= ENDS_WITH_EPOCH
}

/** InitProducerId without a transactional id: any broker gives one. */
export function initIdempotentProducer(client: Client, options: CallOptions = {}): Promise<ProducerIdentity> {
  const { config } = client
  return retrying(config, config.producer.transaction.retry, options.signal, () => client.initProducerID(options))
}
