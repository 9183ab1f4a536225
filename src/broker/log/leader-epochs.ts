/** Where the batches of one leader begin. */
export interface EpochEntry {
  readonly epoch: number
  readonly startOffset: number
}

/** Where the batches of an epoch end. */
export interface EpochEnd {
  readonly epoch: number
  readonly endOffset: number
}

/** What stands for no epoch. */
const NO_EPOCH = -1

/** Which leader wrote what (KIP-101): for each epoch that wrote something the offset at which it began. */
export class LeaderEpochs {
  private readonly entries: EpochEntry[] = []

  get earliest(): EpochEntry | undefined {
    return this.entries[0]
  }

  get latest(): EpochEntry | undefined {
    return this.entries[this.entries.length - 1]
  }

  /** Oldest first. */
  all(): readonly EpochEntry[] {
    return this.entries
  }

  /** Notes that `epoch` begins at `startOffset`. What contradicts it goes: newer epochs, and what they began with. */
  assign(epoch: number, startOffset: number): void {
    const { entries } = this
    const { latest } = this
    if (latest !== undefined && latest.epoch === epoch && startOffset >= latest.startOffset) return
    for (let last = this.latest; last !== undefined; last = this.latest) {
      if (last.epoch < epoch && last.startOffset < startOffset) break
      entries.pop()
    }
    entries.push({ epoch, startOffset })
  }

  /**
   * Where `epoch` ends: the greatest epoch up to it that is known, and the offset at which the next one begins. Undefined
   * where that cannot be said: the epoch is newer than all that are known.
   */
  endOf(epoch: number, logEndOffset: number): EpochEnd | undefined {
    if (epoch === this.latest?.epoch) return { epoch, endOffset: logEndOffset }
    const next = this.entries.find((entry) => entry.epoch > epoch)
    if (epoch === NO_EPOCH || next === undefined) return undefined
    const floor = this.entries.findLast((entry) => entry.epoch <= epoch)
    return { epoch: floor?.epoch ?? epoch, endOffset: next.startOffset }
  }

  /** Forgets what lies before the log's new start; the epoch that it falls into begins there. */
  truncateFromStart(startOffset: number): void {
    const { entries } = this
    const kept = entries.findIndex((entry) => entry.startOffset > startOffset)
    const first = (kept < 0 ? entries.length : kept) - 1
    const entry = entries[first]
    if (entry === undefined) return
    entries.splice(0, first + 1, { epoch: entry.epoch, startOffset })
  }

  /** Forgets the epochs that begin at `endOffset` or after it, where the log now ends. */
  truncateFromEnd(endOffset: number): void {
    while ((this.latest?.startOffset ?? -1) >= endOffset) this.entries.pop()
  }

  clear(): void {
    this.entries.length = 0
  }

  /** The epoch that wrote the record at `offset`. */
  at(offset: number): number | undefined {
    return this.entries.findLast((entry) => entry.startOffset <= offset)?.epoch
  }
}
