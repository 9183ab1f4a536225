import { KafkaError } from '../../../protocol/errors.ts'
import { answerNow } from '../shard.ts'
import { abortFencing } from './end-transaction.ts'
import { isTwoPhaseCommit, type Transaction } from './transaction.ts'
import type { TransactionDecision, TransactionShard } from './transaction-shard.ts'

/**
 * Has a transaction aborted that stays open for too long. Kafka looks every
 * `transaction.abort.timed.out.transaction.cleanup.interval.ms`; the timer here runs when it would find this transaction.
 */
export function scheduleTimeout(
  shard: TransactionShard,
  transactionalId: string,
  transaction: Transaction | undefined,
): void {
  const name = `timeout ${transactionalId}`
  if (transaction?.state !== 'Ongoing' || isTwoPhaseCommit(transaction)) shard.timers.cancel(name)
  else if (!shard.timers.has(name)) schedule(shard, name, transaction)
}

function schedule(shard: TransactionShard, name: string, { transactionalId, ...transaction }: Transaction): void {
  const now = shard.clock.now()
  const timedOut = Math.max(transaction.startTimestamp + transaction.timeoutMs + 1, now)
  shard.timers.schedule(name, nextLook(shard, timedOut) - now, () => abortTimedOut(shard, name, transactionalId))
}

/** When the broker looks next, from `time` on, ms. */
function nextLook({ config, surroundings }: TransactionShard, time: number): number {
  const interval = config.int('transaction.abort.timed.out.transaction.cleanup.interval.ms')
  const { startedMs } = surroundings
  return startedMs + Math.ceil((time - startedMs) / interval) * interval
}

function abortTimedOut(shard: TransactionShard, name: string, transactionalId: string): TransactionDecision<void> {
  const transaction = shard.find(transactionalId)
  if (transaction?.state !== 'Ongoing') return answerNow(() => undefined)
  // What is on its way may fail, or be late: it is looked at again.
  const again = (): void => {
    if (shard.find(transactionalId)?.state === 'Ongoing') {
      shard.timers.schedule(name, nextLook(shard, shard.clock.now() + 1) - shard.clock.now(), () =>
        abortTimedOut(shard, name, transactionalId),
      )
    }
  }
  if (shard.isPending(transactionalId)) {
    again()
    return answerNow(() => undefined)
  }
  try {
    const decision = abortFencing(shard, transaction, () => undefined)
    return {
      ...decision,
      failed(error): void {
        try {
          decision.failed?.(error)
        } finally {
          again()
        }
      },
    }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    again()
    return answerNow(() => undefined)
  }
}
