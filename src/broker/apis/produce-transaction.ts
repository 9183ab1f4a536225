import { ErrorCode, type ErrorName, KafkaError } from '../../protocol/errors.ts'
import { RecordBatch } from '../../protocol/records/record-batch.ts'
import type { TransactionSupport } from '../coordinator/transaction-verification.ts'
import {
  type PartitionWrite,
  type TransactionalWrites,
  VERIFIED,
  type Verified,
} from '../coordinator/transactions/verification.ts'
import { chainReply, mapReply, type Reply, Waiting } from '../waiting.ts'
import type { RequestContext } from './handler.ts'

/** A batch of a transaction, and where it goes. */
export interface TransactionalBatch {
  readonly topic: string
  readonly index: number
  readonly records: Buffer
}

/** What a client is told where a batch cannot be part of its transaction. */
export interface TransactionRefusal {
  readonly errorCode: number
  readonly errorMessage: string | null
}

/** What an append shows, or why there is none. */
export type TransactionCheck = Verified['guard'] | TransactionRefusal

/** Tells a refusal from what an append shows. */
export function isRefusal(check: TransactionCheck): check is TransactionRefusal {
  return check !== undefined && 'errorCode' in check
}

/** After these every client tries again, if it is told so by an error that makes it do no more than that. */
const retried: ReadonlySet<ErrorName> = new Set([
  'NETWORK_EXCEPTION',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
])

/**
 * Makes sure, with the transaction's coordinator, that the batches of a Produce are part of their producer's open transaction
 * (KIP-890); from version 12 on they become part of it. Answers for each batch, in their order.
 * @throws KafkaError INVALID_PRODUCER_ID_MAPPING for batches of several producers
 */
export function checkTransaction(
  transactionalId: string,
  batches: readonly TransactionalBatch[],
  context: RequestContext,
): Reply<readonly TransactionCheck[]> {
  const writes: PartitionWrite[] = []
  const producers = new Map<string, { readonly producerId: number; readonly producerEpoch: number }>()
  for (const { topic, index, records } of batches) {
    const batch = new RecordBatch(records)
    const { producerId, producerEpoch, baseSequence } = batch
    if (!batch.hasProducerId) continue
    producers.set(`${producerId} ${producerEpoch}`, { producerId, producerEpoch })
    writes.push({ topic, partition: index, baseSequence })
  }
  const [producer, another] = producers.values()
  if (producer === undefined) return batches.map(() => undefined)
  if (another !== undefined) {
    throw new KafkaError('INVALID_PRODUCER_ID_MAPPING', 'Transactional records contained more than one producer ID')
  }
  const support = supportOf(context.version)
  return mapReply(verify({ transactionalId, ...producer, writes }, support, context), (verified) =>
    batches.map(({ topic, index }) => {
      const place = writes.findIndex((write) => write.topic === topic && write.partition === index)
      const { error, guard } = verified[place] ?? VERIFIED
      return error === 'NONE' ? guard : refusal(error, support)
    }),
  )
}

function supportOf(version: number): TransactionSupport {
  if (version >= 12) return 'add-partition'
  return version >= 11 ? 'generic-error' : 'default-error'
}

/**
 * Where the broker adds partitions itself it also waits a little for the end of the producer's last transaction, which nobody
 * has told the producer to wait for (KAFKA-18575).
 */
function verify(
  writes: TransactionalWrites,
  support: TransactionSupport,
  { broker }: RequestContext,
): Reply<readonly Verified[]> {
  const { config, clock, transactions } = broker
  if (support !== 'add-partition') return transactions.verifyWrites(writes, support)
  const longest = Math.min(config.int('add.partitions.to.txn.retry.backoff.max.ms'), config.int('request.timeout.ms'))
  const backoff = config.int('add.partitions.to.txn.retry.backoff.ms')
  const startedMs = clock.now()
  const attempt = (): Reply<readonly Verified[]> =>
    chainReply(transactions.verifyWrites(writes, support), (verified) => {
      const concurrent = verified.some(({ error }) => error === 'CONCURRENT_TRANSACTIONS')
      if (!concurrent || clock.now() - startedMs >= longest) return verified
      return pause(backoff).chain(attempt)
    })
  return attempt()
}

function pause(ms: number): Waiting<true> {
  return Waiting.until<true>({ on: [], ask: () => undefined, deadline: { afterMs: ms, answer: () => true } })
}

function refusal(error: ErrorName, support: TransactionSupport): TransactionRefusal {
  if (error === 'INVALID_TXN_STATE') {
    return { errorCode: ErrorCode[error], errorMessage: 'Partition was not added to the transaction' }
  }
  const hidden = error === 'CONCURRENT_TRANSACTIONS' && support !== 'add-partition'
  if (!hidden && !retried.has(error)) return { errorCode: ErrorCode[error], errorMessage: null }
  return {
    errorCode: ErrorCode.NOT_ENOUGH_REPLICAS,
    errorMessage: `Unable to verify the partition has been added to the transaction. Underlying error: ${error}`,
  }
}
