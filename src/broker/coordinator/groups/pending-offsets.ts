import { type CommittedOffset, partitionKey } from './offsets.ts'

/** An offset that a transaction commits when it does. */
export interface PendingOffset {
  readonly groupId: string
  readonly offset: CommittedOffset
}

/**
 * The offsets of a shard's groups that open transactions have written (KIP-98): nobody sees them before the transaction is
 * committed, but what they are of is known to be undecided.
 */
export class PendingOffsets {
  /** Producer id -> group and partition -> the last offset that it wrote. */
  private readonly byProducer = new Map<number, Map<string, PendingOffset>>()
  /** Group -> partition -> the producers with an open transaction there. */
  private readonly open = new Map<string, Map<string, Set<number>>>()

  /** Whether an open transaction has an offset of a partition. */
  has(groupId: string, topic: string, partition: number): boolean {
    return this.open.get(groupId)?.has(partitionKey(topic, partition)) === true
  }

  /** Whether an open transaction has any offset of a group. */
  hasAny(groupId: string): boolean {
    return this.open.has(groupId)
  }

  /** The partitions of a group that open transactions have offsets of. */
  *partitionsOf(groupId: string): Generator<CommittedOffset, void, undefined> {
    for (const [key, producers] of this.open.get(groupId) ?? []) {
      const [producerId = -1] = producers
      const pending = this.byProducer.get(producerId)?.get(offsetKey(groupId, key))
      if (pending !== undefined) yield pending.offset
    }
  }

  /** All of them, one for each producer and partition. */
  *all(): Generator<PendingOffset, void, undefined> {
    for (const offsets of this.byProducer.values()) yield* offsets.values()
  }

  set(producerId: number, groupId: string, offset: CommittedOffset): void {
    const key = partitionKey(offset.topic, offset.partition)
    entryOf(this.byProducer, producerId, newMap).set(offsetKey(groupId, key), { groupId, offset })
    entryOf(entryOf(this.open, groupId, newMap<string, Set<number>>), key, newSet<number>).add(producerId)
  }

  /** Forgets what every transaction has of a partition. */
  remove(groupId: string, topic: string, partition: number): void {
    const key = partitionKey(topic, partition)
    for (const producerId of this.open.get(groupId)?.get(key) ?? []) {
      const offsets = this.byProducer.get(producerId)
      offsets?.delete(offsetKey(groupId, key))
      if (offsets?.size === 0) this.byProducer.delete(producerId)
    }
    this.close(groupId, key)
  }

  /** Takes out what a producer's transaction has written: it has ended. */
  take(producerId: number): PendingOffset[] {
    const offsets = this.byProducer.get(producerId)
    if (offsets === undefined) return []
    this.byProducer.delete(producerId)
    const taken = [...offsets.values()]
    for (const { groupId, offset } of taken) {
      const key = partitionKey(offset.topic, offset.partition)
      const producers = this.open.get(groupId)?.get(key)
      producers?.delete(producerId)
      if (producers?.size === 0) this.close(groupId, key)
    }
    return taken
  }

  private close(groupId: string, key: string): void {
    const partitions = this.open.get(groupId)
    partitions?.delete(key)
    if (partitions?.size === 0) this.open.delete(groupId)
  }
}

function offsetKey(groupId: string, key: string): string {
  return `${key}:${groupId}`
}

function newSet<V>(): Set<V> {
  return new Set()
}

function newMap<K, V>(): Map<K, V> {
  return new Map()
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key)
  if (value === undefined) {
    value = make()
    map.set(key, value)
  }
  return value
}
