/** What ends a transaction in a partition that it wrote to (KIP-98): the marker that a transaction coordinator sends. */
export interface TransactionMarker {
  readonly producerId: number
  readonly producerEpoch: number
  /** Of the coordinator that decided: one that no longer is the coordinator is fenced by it. */
  readonly coordinatorEpoch: number
  readonly committed: boolean
  /** `transaction.version` of the transaction; from 2 on its marker has a newer epoch than its records (KIP-890). 0 where it is not known. */
  readonly transactionVersion: number
}

/** A transaction that has ended in a partition. */
export interface CompletedTransaction {
  readonly producerId: number
  readonly firstOffset: number
  /** Of the marker. */
  readonly lastOffset: number
  readonly aborted: boolean
}

/** An entry of a segment's index of aborted transactions. */
export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
  /** Of the marker. */
  readonly lastOffset: number
  /** Up to where all was decided once this one was: whoever reads no further need not look at later entries. */
  readonly lastStableOffset: number
}

interface OpenTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

/**
 * The transactions of a partition on which a reader of committed records waits: those that are open, and those whose marker
 * is not yet on all in-sync replicas.
 */
export class UnstableTransactions {
  /** By rising first offset, since a transaction begins at the log's end. */
  private readonly open: OpenTransaction[] = []
  private readonly unreplicated: CompletedTransaction[] = []

  /** The least offset of any of them; undefined when there are none. */
  get firstOffset(): number | undefined {
    let first = this.open[0]?.firstOffset
    for (const { firstOffset } of this.unreplicated) {
      if (first === undefined || firstOffset < first) first = firstOffset
    }
    return first
  }

  begin(producerId: number, firstOffset: number): void {
    this.open.push({ producerId, firstOffset })
  }

  /** Notes the end of a transaction. Returns up to where all is decided then. */
  complete(transaction: CompletedTransaction): number {
    const { open } = this
    const place = open.findIndex(({ firstOffset }) => firstOffset === transaction.firstOffset)
    if (place >= 0) open.splice(place, 1)
    this.unreplicated.push(transaction)
    return open[0]?.firstOffset ?? transaction.lastOffset + 1
  }

  /** Those that have ended, and are not known to be replicated. */
  ended(): CompletedTransaction[] {
    return [...this.unreplicated]
  }

  /** Lets go of those that ended before `offset`, which all in-sync replicas have. */
  replicatedUpTo(offset: number): void {
    const { unreplicated } = this
    for (let i = unreplicated.length - 1; i >= 0; i--) {
      if ((unreplicated[i] as CompletedTransaction).lastOffset < offset) unreplicated.splice(i, 1)
    }
  }

  clear(): void {
    this.open.length = 0
    this.unreplicated.length = 0
  }
}
