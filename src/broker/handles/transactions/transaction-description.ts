/** Where a transaction is. */
export type TransactionStateName =
  | 'Empty'
  | 'Ongoing'
  | 'PrepareCommit'
  | 'PrepareAbort'
  | 'CompleteCommit'
  | 'CompleteAbort'
  | 'PrepareEpochFence'
  | 'Dead'

/** A transactional id as its coordinator tells of it. */
export interface TransactionDescription {
  readonly transactionalId: string
  /** Undefined while nobody has used the id. */
  readonly state: TransactionStateName | undefined
  /** The node id of its coordinator; undefined before there is one. */
  readonly coordinator: number | undefined
  /** Of the producer that has it; -1: nobody. */
  readonly producerId: number
  /** Whoever has an older one is fenced. */
  readonly producerEpoch: number
  /** Where the transaction that is under way has written. */
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[]
}
