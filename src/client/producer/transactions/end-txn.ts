import { EndTxn } from '../../../protocol/messages/end-txn.ts'
import type { CallOptions } from '../../channel.ts'
import type { Client } from '../../client.ts'
import { throwIf } from '../../errors/kafka-error.ts'
import { callCoordinator, transactionCoordinator } from './coordinator-call.ts'
import type { ProducerIdentity, TransactionalProducer } from './producer-identity.ts'

/** The newest version that leaves the producer its epoch. */
const NEWEST_BEFORE_V2 = 4

/**
 * EndTxn: commits the producer's transaction, or aborts it.
 * @returns who the producer is from now on: with transactions v2 (KIP-890) every transaction has an epoch of its own
 */
export function endTxn(
  client: Client,
  producer: TransactionalProducer & { readonly isTransactionV2: boolean },
  committed: boolean,
  options: CallOptions = {},
): Promise<ProducerIdentity> {
  const { transactionalId, producerId, producerEpoch, isTransactionV2 } = producer
  const maxVersion = isTransactionV2 ? {} : { maxVersion: NEWEST_BEFORE_V2 }
  return callCoordinator<ProducerIdentity>(
    client,
    {
      ...transactionCoordinator(client, transactionalId),
      ask: async (coordinator, { signal }) => {
        const body = { transactionalId, producerId, producerEpoch, committed }
        const answer = await coordinator.send(EndTxn, body, { signal, ...maxVersion })
        throwIf(answer.errorCode)
        return answer.producerId === -1 ? { producerId, producerEpoch } : answer
      },
    },
    options,
  )
}
