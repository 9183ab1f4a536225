/** The greatest offset of each key in the part of a log that is about to be cleaned. */
export class OffsetMap {
  private readonly offsets = new Map<string, number>()
  /** The last offset that was looked at. */
  lastOffset = -1

  set(key: Buffer, offset: number): void {
    this.offsets.set(key.toString('latin1'), offset)
  }

  /** -1 for a key that is not there. */
  get(key: Buffer): number {
    return this.offsets.get(key.toString('latin1')) ?? -1
  }
}
