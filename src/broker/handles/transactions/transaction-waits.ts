import { inspect } from 'node:util'
import { checkNames, meant } from '../../../intercept/nearest.ts'
import { transactionStates } from '../../coordinator/transactions/transaction.ts'
import { listed } from '../listed.ts'
import { WAIT_OPTIONS, type WaitOptions } from '../waits/limited-waits.ts'
import type { TransactionDescription, TransactionStateName } from './transaction-description.ts'

/** What a test waits for of a transactional id: checked, in words, and when it is there. @throws TypeError for a state that there is not */
export function transactionWait(
  transactionalId: string,
  state: TransactionStateName,
  options: WaitOptions,
): { readonly what: string; find(described: TransactionDescription): TransactionDescription | undefined } {
  checkNames('waitFor', options, WAIT_OPTIONS)
  if (!transactionStates.includes(state)) {
    const guess = typeof state === 'string' ? meant(state, transactionStates) : ''
    throw new TypeError(
      `waitFor: a transaction is never ${inspect(state)}${guess}: it is ${transactionStates.join(', ')}`,
    )
  }
  return {
    what: `the transaction of ${transactionalId} to be ${state}`,
    find: (described) => (described.state === state ? described : undefined),
  }
}

/** How it stands, for the errors of waits. */
export function transactionTold(described: TransactionDescription): string {
  const { transactionalId, state, producerId, producerEpoch, partitions } = described
  if (state === undefined) return `Nobody has used the transactional id ${transactionalId}.`
  const where = partitions.map(({ topic, partition }) => `${topic}-${partition}`)
  const written = where.length === 0 ? '' : `, in ${listed(where)}`
  return `It is ${state}, of producer ${producerId} in epoch ${producerEpoch}${written}.`
}
