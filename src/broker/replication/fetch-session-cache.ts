import { KafkaError } from '../../protocol/errors.ts'
import type { Clock } from '../clock.ts'
import type { Random } from '../random.ts'
import { type FetchPartition, FetchSession } from './fetch-session.ts'

/** Kafka's `MIN_INCREMENTAL_FETCH_SESSION_EVICTION_MS`: how long a session is safe from those that are not worth more. */
const EVICTION_MS = 120_000

/** Kafka's `NumFetchSessionCacheShards`. Each has its share of the slots and of the ids. */
const SHARDS = 8
const IDS_PER_SHARD = Math.floor(0x7fffffff / SHARDS)

/** What is known of a session before it is there. */
export interface SessionProposal {
  readonly privileged: boolean
  readonly usesTopicIds: boolean
  readonly partitions: readonly FetchPartition[]
}

/** The sessions of one broker, in shards that are filled in turn: each decides for itself whether it has room. */
export class FetchSessionCache {
  private readonly clock: Clock
  private readonly random: Random
  /** Of one shard. */
  private readonly slots: number
  private readonly shards: (FetchSessionCacheShard | undefined)[] = []
  private turns = 0

  /** @param slots `max.incremental.fetch.session.cache.slots`; as in Kafka, what is left when it is divided by eight is lost */
  constructor(options: { clock: Clock; random: Random; slots: number }) {
    this.clock = options.clock
    this.random = options.random
    this.slots = Math.floor(options.slots / SHARDS)
  }

  /** How many sessions there are. */
  get size(): number {
    return this.shards.reduce((size, shard) => size + (shard?.size ?? 0), 0)
  }

  /** @throws KafkaError UNKNOWN_SERVER_ERROR for an id that no session can have */
  find(id: number): FetchSession | undefined {
    return this.shardOf(id)?.find(id)
  }

  /** @throws KafkaError UNKNOWN_SERVER_ERROR for an id that no session can have */
  remove(id: number): void {
    this.shardOf(id)?.remove(id)
  }

  /** Makes a session, if there is room for it or another one is to make room. Undefined if not. */
  create(proposal: SessionProposal): FetchSession | undefined {
    const turn = this.turns++ % SHARDS
    this.shards[turn] ??= new FetchSessionCacheShard(this.slots, turn * IDS_PER_SHARD, this.random)
    return this.shards[turn].create(proposal, this.clock.now())
  }

  /** Notes that a session is in use. */
  touch(session: FetchSession): void {
    session.lastUsedMs = this.clock.now()
    session.lastSize = session.size
  }

  private shardOf(id: number): FetchSessionCacheShard | undefined {
    const shard = Math.trunc(id / IDS_PER_SHARD)
    if (shard < 0 || shard >= SHARDS)
      throw new KafkaError('UNKNOWN_SERVER_ERROR', `No fetch session can have the id ${id}`)
    return this.shards[shard]
  }
}

class FetchSessionCacheShard {
  private readonly slots: number
  private readonly firstId: number
  private readonly random: Random
  private readonly sessions = new Map<number, FetchSession>()

  constructor(slots: number, firstId: number, random: Random) {
    this.slots = slots
    this.firstId = firstId
    this.random = random
  }

  get size(): number {
    return this.sessions.size
  }

  find(id: number): FetchSession | undefined {
    return this.sessions.get(id)
  }

  remove(id: number): void {
    this.sessions.delete(id)
  }

  create(proposal: SessionProposal, nowMs: number): FetchSession | undefined {
    if (this.sessions.size >= this.slots && !this.makeRoom(proposal, nowMs)) return undefined
    const { privileged, usesTopicIds, partitions } = proposal
    const session = new FetchSession({ id: this.newId(), privileged, usesTopicIds }, partitions, nowMs)
    this.sessions.set(session.id, session)
    return session
  }

  /**
   * Lets go of a session that was not used for two minutes, or of the least of those that are worth less than the new one: a
   * consumer's if that is a follower's, and otherwise one that is as old as two minutes and has fewer partitions.
   */
  private makeRoom({ privileged, partitions }: SessionProposal, nowMs: number): boolean {
    const stalest = least(this.sessions.values(), (a, b) => a.lastUsedMs - b.lastUsedMs || a.id - b.id)
    if (stalest === undefined) return false
    if (nowMs - stalest.lastUsedMs > EVICTION_MS) return this.sessions.delete(stalest.id)
    const candidates = [...this.sessions.values()].filter(
      (session) => session.lastUsedMs - session.createdMs > EVICTION_MS || (privileged && !session.privileged),
    )
    const poorest = least(candidates, (a, b) => rank(a) - rank(b) || a.lastSize - b.lastSize || a.id - b.id)
    if (poorest === undefined) return false
    const proposed = rank({ privileged })
    const worthMore = proposed > rank(poorest) || (proposed === rank(poorest) && partitions.length > poorest.lastSize)
    return worthMore && this.sessions.delete(poorest.id)
  }

  /** Neither zero nor anyone's. */
  private newId(): number {
    for (;;) {
      const id = this.firstId + this.random.below(IDS_PER_SHARD)
      if (id !== 0 && !this.sessions.has(id)) return id
    }
  }
}

function rank({ privileged }: { readonly privileged: boolean }): number {
  return privileged ? 1 : 0
}

function least<T>(values: Iterable<T>, compare: (a: T, b: T) => number): T | undefined {
  let found: T | undefined
  for (const value of values) if (found === undefined || compare(value, found) < 0) found = value
  return found
}
