import { KafkaError } from '../../protocol/errors.ts'
import type { EpochEnd } from './leader-epochs.ts'
import type { ReplicaLog } from './replica-log.ts'

/**
 * Where the log of a reader parts from this one, by the epoch of its last record (KIP-595); undefined: nowhere that the reader has come to.
 * @param offset what the reader asks for, the end of its own log
 * @throws KafkaError OFFSET_OUT_OF_RANGE when nothing is known of that epoch
 */
export function divergence(log: ReplicaLog, offset: number, lastFetchedEpoch: number): EpochEnd | undefined {
  // The rule, while logs grow and nobody is elected.
  if (lastFetchedEpoch === log.epochs.latest?.epoch && offset <= log.logEndOffset) return undefined
  const end = log.epochs.endOf(lastFetchedEpoch, log.logEndOffset)
  if (end === undefined) {
    throw new KafkaError('OFFSET_OUT_OF_RANGE', `Nothing is known of the leader epoch ${lastFetchedEpoch}`)
  }
  if (offset < log.logStartOffset) return undefined
  return end.epoch < lastFetchedEpoch || end.endOffset < offset ? end : undefined
}
