/** A value, the offset of the record that set it, and what was there before. */
interface Cell<V> {
  readonly value: V | undefined
  readonly offset: number
  readonly before: Cell<V> | undefined
}

/**
 * A map that is changed by records as they are appended, and read either as of the last of them, to decide, or as of
 * the last committed one, to answer. It keeps an older value only while the record that replaced it is not committed.
 */
export class VersionedMap<K, V> {
  private readonly cells = new Map<K, Cell<V>>()
  private readonly committed: () => number

  /** @param committed the offset below which every record is committed: the high watermark. */
  constructor(committed: () => number) {
    this.committed = committed
  }

  get(key: K): V | undefined {
    return this.cells.get(key)?.value
  }

  /** The value as of the records below `offset`. */
  getAsOf(key: K, offset: number): V | undefined {
    return asOf(this.cells.get(key), offset)
  }

  /** Sets a value by the record at `offset`, or removes it when there is none. */
  set(key: K, value: V | undefined, offset: number): void {
    const committed = this.committed()
    const before = offset < committed ? undefined : prune(this.cells.get(key), committed)
    if (value === undefined && before === undefined) this.cells.delete(key)
    else this.cells.set(key, { value, offset, before })
  }

  *entries(): Generator<[K, V], void, undefined> {
    for (const [key, { value }] of this.cells) if (value !== undefined) yield [key, value]
  }

  *entriesAsOf(offset: number): Generator<[K, V], void, undefined> {
    for (const [key, cell] of this.cells) {
      const value = asOf(cell, offset)
      if (value !== undefined) yield [key, value]
    }
  }

  /** How many keys it keeps something for, be it only what was there before. */
  get size(): number {
    return this.cells.size
  }

  /** Whether it has no value, as of now. */
  isEmpty(): boolean {
    return this.entries().next().done === true
  }
}

function asOf<V>(newest: Cell<V> | undefined, offset: number): V | undefined {
  let cell = newest
  while (cell !== undefined && cell.offset >= offset) cell = cell.before
  return cell?.value
}

/** Lets go of what no reader can ask for any more. */
function prune<V>(cell: Cell<V> | undefined, committed: number): Cell<V> | undefined {
  if (cell === undefined) return undefined
  if (cell.offset >= committed) return { ...cell, before: prune(cell.before, committed) }
  return cell.value === undefined ? undefined : { ...cell, before: undefined }
}
