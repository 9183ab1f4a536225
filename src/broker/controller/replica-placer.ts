import { KafkaError } from '../../protocol/errors.ts'
import type { Random } from '../random.ts'

/** A broker that replicas may be placed on. */
export interface UsableBroker {
  readonly id: number
  readonly rack: string | null
  readonly fenced: boolean
}

/**
 * Chooses the brokers of a topic's partitions as Kafka does (`StripedReplicaPlacer`): leaders go around the racks and around
 * the brokers of each rack, the other replicas follow on the next racks, and once every broker has led as often as every
 * other the order is shuffled. Fenced brokers follow, but do not lead.
 *
 * @param cordoning whether brokers may cordon their log directories, of which the errors then speak (KIP-1066).
 * @returns the replicas of each partition, its leader first. Throws INVALID_REPLICATION_FACTOR.
 */
export function placeReplicas(
  brokers: Iterable<UsableBroker>,
  partitions: number,
  replicationFactor: number,
  random: Random,
  cordoning = true,
): number[][] {
  const placement = new Placement(brokers, random)
  placement.check(replicationFactor, cordoning)
  return Array.from({ length: partitions }, () => placement.place(replicationFactor))
}

class Placement {
  private readonly random: Random
  private readonly racks: readonly Rack[]
  /** The racks in the order in which replicas go around them. */
  private readonly order: Rack[]
  private readonly total: number
  private readonly unfenced: number
  private offset: number
  private epoch = 0

  constructor(brokers: Iterable<UsableBroker>, random: Random) {
    this.random = random
    const all = [...brokers]
    this.total = all.length
    this.unfenced = all.filter((broker) => !broker.fenced).length
    // Brokers without a rack are a rack of their own, the first one.
    const names = [...new Set(all.map((broker) => broker.rack))].sort(compareRacks)
    this.racks = names.map((name) => {
      const ids = (fenced: boolean): number[] =>
        all.filter((broker) => broker.rack === name && broker.fenced === fenced).map((broker) => broker.id)
      return new Rack(new Rotation(ids(true), random), new Rotation(ids(false), random))
    })
    this.order = [...this.racks]
    this.offset = random.below(this.order.length)
  }

  check(replicationFactor: number, cordoning: boolean): void {
    if (replicationFactor <= 0) {
      throw new KafkaError(
        'INVALID_REPLICATION_FACTOR',
        `Invalid replication factor ${replicationFactor}: the replication factor must be positive.`,
      )
    }
    if (this.unfenced === 0) {
      throw new KafkaError(
        'INVALID_REPLICATION_FACTOR',
        `All brokers are currently fenced${cordoning ? ', or have all their log directories cordoned' : ''}.`,
      )
    }
    if (replicationFactor > this.total) {
      throw new KafkaError(
        'INVALID_REPLICATION_FACTOR',
        `The target replication factor of ${replicationFactor} cannot be reached because only ${this.total} broker(s) ` +
          `are registered${cordoning ? ' or some brokers have all their log directories cordoned' : ''}.`,
      )
    }
  }

  place(replicationFactor: number): number[] {
    if (this.epoch === this.unfenced && this.unfenced > 1) this.shuffle()
    this.offset %= this.order.length
    const { leader, rack } = this.nextLeader()
    const replicas = [leader]
    // The leader's rack is passed over once, so that the first follower stands elsewhere.
    let passedOver: number | undefined = rack
    for (let next = this.offset; replicas.length < replicationFactor; next = (next + 1) % this.order.length) {
      if (next === passedOver) {
        passedOver = undefined
        continue
      }
      const broker = this.order[next]?.next(this.epoch)
      if (broker !== undefined) replicas.push(broker)
    }
    this.epoch++
    this.offset++
    return replicas
  }

  private nextLeader(): { leader: number; rack: number } {
    for (let rack = this.offset; ; rack = (rack + 1) % this.order.length) {
      const leader = this.order[rack]?.nextUnfenced(this.epoch)
      if (leader !== undefined) return { leader, rack }
    }
  }

  private shuffle(): void {
    shuffle(this.order, this.random)
    for (const rack of this.racks) rack.shuffle()
    this.epoch = 0
  }
}

class Rack {
  private readonly fenced: Rotation
  private readonly unfenced: Rotation

  constructor(fenced: Rotation, unfenced: Rotation) {
    this.fenced = fenced
    this.unfenced = unfenced
  }

  nextUnfenced(epoch: number): number | undefined {
    return this.unfenced.next(epoch)
  }

  next(epoch: number): number | undefined {
    return this.unfenced.next(epoch) ?? this.fenced.next(epoch)
  }

  shuffle(): void {
    this.fenced.shuffle()
    this.unfenced.shuffle()
  }
}

/** Brokers of which each epoch takes every one at most once, beginning one further than the epoch before. */
class Rotation {
  private readonly ids: number[]
  private readonly random: Random
  private offset: number
  private index = 0
  private epoch = 0

  constructor(ids: number[], random: Random) {
    this.ids = ids.sort((a, b) => a - b)
    this.random = random
    this.offset = ids.length === 0 ? 0 : random.below(ids.length)
  }

  next(epoch: number): number | undefined {
    if (this.ids.length === 0) return undefined
    if (this.epoch !== epoch) {
      this.epoch = epoch
      this.index = 0
      this.offset = (this.offset + 1) % this.ids.length
    }
    if (this.index >= this.ids.length) return undefined
    return this.ids[(this.index++ + this.offset) % this.ids.length]
  }

  shuffle(): void {
    shuffle(this.ids, this.random)
  }
}

function shuffle(items: unknown[], random: Random): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    const item = items[i]
    items[i] = items[j]
    items[j] = item
  }
}

function compareRacks(a: string | null, b: string | null): number {
  if (a === b) return 0
  if (a === null) return -1
  if (b === null) return 1
  return a < b ? -1 : 1
}
