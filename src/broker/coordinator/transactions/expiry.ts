import type { Transaction, TransactionState } from './transaction.ts'
import type { TransactionDecision, TransactionShard } from './transaction-shard.ts'

const EXPIRE = 'expire'

const idleStates: ReadonlySet<TransactionState> = new Set(['Empty', 'CompleteCommit', 'CompleteAbort'])

/**
 * Has transactional ids forgotten that nobody has used for `transactional.id.expiration.ms`. It is looked for them every
 * `transaction.remove.expired.transaction.cleanup.interval.ms`, as long as there are any.
 */
export function scheduleExpiry(shard: TransactionShard): void {
  const { timers, config } = shard
  if (shard.isEmpty) timers.cancel(EXPIRE)
  else if (!timers.has(EXPIRE)) {
    const intervalMs = config.int('transaction.remove.expired.transaction.cleanup.interval.ms')
    timers.schedule(EXPIRE, intervalMs, () => forgetExpired(shard))
  }
}

function forgetExpired(shard: TransactionShard): TransactionDecision<void> {
  const latest = shard.clock.now() - shard.config.int('transactional.id.expiration.ms')
  const expired: string[] = []
  for (const transaction of shard.settled())
    if (isIdleSince(transaction, latest)) expired.push(transaction.transactionalId)
  return shard.forget(expired, () => scheduleExpiry(shard))
}

function isIdleSince({ state, lastUpdateTimestamp }: Transaction, time: number): boolean {
  return idleStates.has(state) && lastUpdateTimestamp <= time
}
