/**
 * What stands for one verification of a transaction (KIP-890): whoever asked the transaction's coordinator shows it with the append,
 * so that an answer from before the transaction's end begins none anew. It is told from others by being itself.
 */
export class VerificationGuard {
  readonly producerId: number

  constructor(producerId: number) {
    this.producerId = producerId
  }
}

/** A verification that is under way, or done, and not yet followed by an append. */
export interface Verification {
  readonly guard: VerificationGuard
  readonly startedMs: number
  /** As {@link Unverified} has it. */
  readonly supportsEpochBump: boolean
  producerEpoch: number
  /**
   * The least sequence number that came to be verified: no greater one may be appended first, or what failed to be verified
   * before it would be out of order for ever.
   */
  lowestSequence: number
}

/** The verifications of a partition, one for each producer. They are of the broker's memory alone. */
/** What a producer is about to append of a transaction, which is not known to be open. */
export interface Unverified {
  readonly producerId: number
  readonly producerEpoch: number
  /** Of the first record. */
  readonly sequence: number
  /** Whether the producer's epoch goes up with every transaction (`transaction.version` 2). */
  readonly supportsEpochBump: boolean
}

export class Verifications {
  private readonly byProducer = new Map<number, Verification>()

  of(producerId: number): Verification | undefined {
    return this.byProducer.get(producerId)
  }

  /** The producer's verification: a new one, or the one that is under way. */
  start({ producerId, producerEpoch, sequence, supportsEpochBump }: Unverified, nowMs: number): VerificationGuard {
    let entry = this.byProducer.get(producerId)
    if (entry === undefined) {
      const guard = new VerificationGuard(producerId)
      entry = { guard, startedMs: nowMs, supportsEpochBump, producerEpoch, lowestSequence: sequence }
      this.byProducer.set(producerId, entry)
    }
    if (producerEpoch > entry.producerEpoch) {
      entry.producerEpoch = producerEpoch
      entry.lowestSequence = sequence
    } else if (producerEpoch === entry.producerEpoch && sequence < entry.lowestSequence) {
      entry.lowestSequence = sequence
    }
    return entry.guard
  }

  /** A transactional batch or a marker of the producer's was appended: what was verified for it has served. */
  appended(producerId: number, producerEpoch: number, isControl: boolean): void {
    const entry = this.byProducer.get(producerId)
    if (entry === undefined) return
    // With transaction.version 2 the marker's epoch is already that of the next transaction, and this may be its verification.
    if (entry.supportsEpochBump && isControl && producerEpoch === entry.producerEpoch) return
    this.byProducer.delete(producerId)
  }

  /** Forgets those that began `expirationMs` ago, or earlier. */
  expire(nowMs: number, expirationMs: number): void {
    for (const [producerId, { startedMs }] of this.byProducer) {
      if (nowMs - startedMs >= expirationMs) this.byProducer.delete(producerId)
    }
  }

  clear(): void {
    this.byProducer.clear()
  }
}
