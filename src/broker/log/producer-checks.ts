import { KafkaError } from '../../protocol/errors.ts'
import { NO_PRODUCER_EPOCH } from '../../protocol/records/batch-layout.ts'
import type { EndTransactionMarker } from '../../protocol/records/control-record.ts'
import type { RecordBatch } from '../../protocol/records/record-batch.ts'
import { ProducerState } from './producer-state.ts'
import type { ProducerRules } from './producer-states.ts'
import type { Verification, VerificationGuard } from './verification.ts'

const LAST_SEQUENCE = 0x7fffffff
const LAST_EPOCH = 0x7fff

const NOTHING_KNOWN: Readonly<ProducerState> = Object.freeze(new ProducerState())

/** A batch of a producer, and what it is held against. */
export interface ProducerCheck {
  readonly batch: RecordBatch
  /** Where it would begin. */
  readonly offset: number
  readonly origin: 'client' | 'coordinator'
  /** `orders-0`, for messages. */
  readonly topicPartition: string
  /** What is known of the producer. */
  readonly state: ProducerState | undefined
  readonly verification: Verification | undefined
  /** What whoever appends shows for it. */
  readonly guard: VerificationGuard | undefined
  readonly rules: Pick<ProducerRules, 'verifiesTransactions'>
}

/**
 * Holds a batch of records against what is known of its producer; changes nothing (Kafka's `ProducerAppendInfo`).
 * @throws KafkaError INVALID_PRODUCER_EPOCH, INVALID_TXN_STATE, OUT_OF_ORDER_SEQUENCE_NUMBER
 */
export function checkProducerBatch(check: ProducerCheck): void {
  const { batch, state = NOTHING_KNOWN } = check
  const { producerEpoch, isTransactional } = batch
  const continues = state.hasTransaction && state.epoch === producerEpoch
  if (isTransactional && !continues) checkVerified(check, state)
  if (producerEpoch < state.epoch) throw fenced(check, state, '<')
  if (check.origin === 'client') checkSequence(check, state)
  if (state.hasTransaction && !isTransactional) {
    throw new KafkaError(
      'INVALID_TXN_STATE',
      `Expected transactional write from producer ${batch.producerId} at offset ${check.offset} in partition ${check.topicPartition}`,
    )
  }
}

/**
 * The same for a batch that ends a transaction.
 * @throws KafkaError INVALID_PRODUCER_EPOCH, TRANSACTION_COORDINATOR_FENCED
 */
export function checkMarker(check: ProducerCheck, marker: EndTransactionMarker, transactionVersion: number): void {
  const { batch, state = NOTHING_KNOWN } = check
  const { producerEpoch } = batch
  if (transactionVersion >= 2) {
    // The epoch goes up with the marker (KIP-890). One that has come already comes again where its answer was lost.
    const again = producerEpoch === state.epoch && (!state.hasTransaction || producerEpoch === LAST_EPOCH)
    if (producerEpoch <= state.epoch && !again) throw fenced(check, state, '<=')
  } else if (producerEpoch < state.epoch) {
    throw fenced(check, state, '<')
  }
  if (state.coordinatorEpoch > marker.coordinatorEpoch) {
    throw new KafkaError(
      'TRANSACTION_COORDINATOR_FENCED',
      `Invalid coordinator epoch for producerId ${batch.producerId} at offset ${check.offset} in partition ${check.topicPartition}: ${marker.coordinatorEpoch} (zombie), ${state.coordinatorEpoch} (current)`,
    )
  }
}

/** A transaction begins only if its coordinator knows of it: the guard says that it was asked (KIP-890). */
function checkVerified(check: ProducerCheck, state: Readonly<ProducerState>): void {
  const { batch, verification, guard, rules } = check
  if (batch.producerEpoch < state.epoch) throw fenced(check, state, '<')
  if ((verification !== undefined && verification.guard === guard) || !rules.verifiesTransactions) return
  throw new KafkaError('INVALID_TXN_STATE', 'Record was not part of an ongoing transaction')
}

function checkSequence(check: ProducerCheck, state: Readonly<ProducerState>): void {
  const { batch, verification } = check
  const { producerEpoch, baseSequence } = batch
  if (verification !== undefined) {
    // KIP-890: with transaction.version 2 every transaction begins with an epoch, and so with the sequence 0.
    if (verification.supportsEpochBump && baseSequence !== 0 && state.batches.length === 0) {
      throw outOfOrder(
        check,
        `${baseSequence} (incoming seq. number). Expected sequence 0 for transactions v2 idempotent producer with no existing state.`,
      )
    }
    const { lowestSequence } = verification
    if (baseSequence > lowestSequence) {
      throw outOfOrder(check, `${baseSequence} (incoming seq. number), ${lowestSequence} (earliest seen sequence)`)
    }
  }
  // Nothing is known of it, perhaps because retention took all it wrote, or it gave no epoch: any sequence will do (KIP-360).
  if (state.epoch === NO_PRODUCER_EPOCH) return
  if (producerEpoch !== state.epoch) {
    if (baseSequence === 0) return
    throw outOfOrder(
      check,
      `${producerEpoch} (request epoch), ${baseSequence} (seq. number), ${state.epoch} (current producer epoch)`,
    )
  }
  const last = state.lastSequence
  if (baseSequence === last + 1 || (baseSequence === 0 && last === LAST_SEQUENCE)) return
  throw outOfOrder(check, `${baseSequence} (incoming seq. number), ${last} (current end sequence number)`)
}

function fenced(
  { batch, offset, topicPartition }: ProducerCheck,
  { epoch }: Readonly<ProducerState>,
  comparison: string,
): KafkaError {
  return new KafkaError(
    'INVALID_PRODUCER_EPOCH',
    `Epoch of producer ${batch.producerId} at offset ${offset} in ${topicPartition} is ${batch.producerEpoch}, which is ${comparison} the last seen epoch ${epoch}`,
  )
}

function outOfOrder({ batch, offset, topicPartition }: ProducerCheck, what: string): KafkaError {
  return new KafkaError(
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    `Out of order sequence number for producer ${batch.producerId} at offset ${offset} in partition ${topicPartition}: ${what}`,
  )
}
