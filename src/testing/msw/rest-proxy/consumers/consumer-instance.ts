import type { KafkaCluster } from '../../../../broker/cluster.ts'
import {
  type Client,
  type Consumer,
  type ConsumerMessage,
  newClient,
  newConfig,
  newConsumerFromClient,
} from '../../../../client/index.ts'
import { illegalState, internalError, kafkaError, kafkaErrorIn } from '../errors.ts'
import { type CommittedOffset, CommittedOffsets, type Member, type TopicPartition } from './committed-offsets.ts'
import { HeldPartition, type Target } from './held-partition.ts'
import type { InstanceOptions } from './instance-options.ts'
import { Membership } from './membership.ts'
import { type ReadLimits, readRecords } from './reading.ts'
import { changed, NONE, type Subscription } from './subscription.ts'

/** `auto.commit.interval.ms` of Kafka's consumer. */
const AUTO_COMMIT_INTERVAL_MS = 5000

/** What a consumer is made of once something is asked of it that the cluster has to answer. */
interface Connected {
  readonly client: Client
  readonly consumer: Consumer
  readonly committed: CommittedOffsets
}

/** A consumer that the proxy keeps for whoever asks it over HTTP. As the real one it does nothing between requests, but stay in its group. */
export class ConsumerInstance {
  readonly options: InstanceOptions
  readonly #cluster: KafkaCluster
  #connected: Promise<Connected> | undefined
  #subscription: Subscription = NONE
  /** What the pattern has matched when it was looked at last. */
  #matched: readonly string[] = []
  #membership: Membership | undefined
  #held = new Map<string, HeldPartition>()
  #committedAt: number
  #arrived = Promise.withResolvers<void>()
  /** Requests for records come one after another. */
  #turn: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(cluster: KafkaCluster, options: InstanceOptions) {
    this.#cluster = cluster
    this.options = options
    this.#committedAt = cluster.clock.now()
  }

  /** The topics that it is subscribed to; of a pattern those that were found for it by the last request for records. */
  get topics(): readonly string[] {
    return this.#subscription.kind === 'topics' ? this.#subscription.topics : this.#matched
  }

  /** What it holds now. */
  get assignment(): readonly TopicPartition[] {
    return [...this.#held.values()].map(({ topic, partition }) => ({ topic, partition }))
  }

  /** @throws RestError 40903 for a subscription of another kind than there is */
  async subscribe(subscription: Subscription): Promise<void> {
    this.#subscription = changed(this.#subscription, subscription)
    if (subscription.kind !== 'pattern') this.#matched = []
    if (subscription.kind === 'partitions') {
      await this.#autoCommit()
      this.#hold(subscription.partitions)
    } else if (subscription.kind === 'none') {
      // As in Kafka's consumer, nothing is committed by this.
      this.#hold([])
      await this.#leave()
    }
  }

  /**
   * Records, as many as there are, or as its options say.
   * @param converted what becomes of a record, and how large it is; what it throws ends the request, and the record stays the next one
   * @throws RestError 500 without a subscription
   */
  take<T>(
    limits: ReadLimits,
    converted: (message: ConsumerMessage) => Promise<readonly [T, size: number]>,
  ): Promise<T[]> {
    const taken = this.#turn.then(async () => {
      if (this.#subscription.kind === 'none') {
        throw internalError('Consumer is not subscribed to any topics or assigned any partitions')
      }
      await this.#autoCommit()
      if (this.#subscription.kind === 'pattern') await this.#match(this.#subscription.pattern)
      return readRecords(this, limits, converted)
    })
    this.#turn = taken.catch(() => {})
    return taken
  }

  /** Goes on elsewhere in a partition. @throws RestError 40903 for one that it does not hold */
  seek({ topic, partition }: TopicPartition, target: Target): void {
    if (typeof target === 'number' && target < 0) throw internalError('seek offset must not be a negative number')
    this.#heldOne(topic, partition).seek(target)
  }

  /** The same in these partitions, or in all that it holds. */
  seekAll(partitions: readonly TopicPartition[], target: 'beginning' | 'end'): void {
    const all = partitions.length === 0 ? this.assignment : partitions
    const held = all.map(({ topic, partition }) => this.#heldOne(topic, partition))
    for (const one of held) one.seek(target)
  }

  /** The same at the first record of a time, in ms since 1970, or later. @throws RestError 500 without such a record, and 40903 */
  async seekToTime({ topic, partition }: TopicPartition, time: number): Promise<void> {
    const { client } = await this.#connect()
    const offset = await client.getOffset(topic, partition, time)
    if (offset < 0)
      throw internalError(`${topic}-${partition} has no record of ${new Date(time).toISOString()} or later`)
    this.seek({ topic, partition }, offset)
  }

  /** What its group has committed. */
  async committed<P extends TopicPartition>(partitions: readonly P[]): Promise<readonly (P & CommittedOffset)[]> {
    const { committed } = await this.#connect()
    return committed.of(partitions)
  }

  /** Commits these offsets. @throws RestError 50002 where it is no member of its group yet, and what the coordinator says */
  async commit(offsets: readonly (TopicPartition & CommittedOffset)[]): Promise<void> {
    const { committed } = await this.#connect()
    await committed.commit(offsets, this.#member())
  }

  /** Commits what was handed out. What goes wrong is not told, as in the real one, which does not wait for it. */
  async commitAll(): Promise<void> {
    this.#committedAt = this.#cluster.clock.now()
    const offsets = [...this.#held.values()].flatMap(({ topic, partition, position }) =>
      position === undefined ? [] : [{ topic, partition, offset: position, metadata: '' }],
    )
    if (offsets.length > 0) await this.commit(offsets).catch(() => {})
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.options.autoCommit && this.#subscription.kind === 'partitions') await this.commitAll()
    await this.#leave()
    this.#hold([])
    const connected = await this.#connected?.catch(() => undefined)
    await connected?.consumer.close()
    await connected?.client.close()
  }

  /** The partitions that it holds, each ready to be read as far as can be. */
  async open(): Promise<readonly HeldPartition[]> {
    if (this.#isClosed) return []
    if (this.#subscription.kind === 'topics' || this.#subscription.kind === 'pattern') await this.#join()
    const held = [...this.#held.values()]
    await this.#openAll(held.filter(({ isOpen }) => !isOpen)).catch(unlessItMayPass)
    return held
  }

  async #openAll(held: readonly HeldPartition[]): Promise<void> {
    const wanted = held.map((one) => ({ one, topic: one.topic, partition: one.partition }))
    const committed = await this.committed(wanted)
    const offsets = new Map(committed.map(({ one, offset }) => [one, offset]))
    await Promise.all(held.map((one) => one.open(offsets.get(one), this.options.reset).catch(unlessItMayPass)))
  }

  /** Resolves when a record comes, or what is held changes. */
  get news(): Promise<void> {
    return this.#arrived.promise
  }

  /** Waits for that; at most so many ms. */
  async wait(news: Promise<void>, timeoutMs: number): Promise<void> {
    const late = Promise.withResolvers<void>()
    const timer = this.#cluster.clock.setTimer(timeoutMs, late.resolve)
    try {
      await Promise.race([news, late.promise])
    } finally {
      timer.cancel()
    }
  }

  now(): number {
    return this.#cluster.clock.now()
  }

  #connect(): Promise<Connected> {
    this.#connected ??= this.#connectOnce()
    return this.#connected
  }

  async #connectOnce(): Promise<Connected> {
    const { group, name, reset } = this.options
    const config = newConfig(this.#cluster.clientConfig(), {
      clientID: name,
      // Offsets are committed here, and by no one else.
      consumer: { offsets: { autoCommit: { enable: false }, initial: reset === 'earliest' ? -2 : -1 } },
    })
    const client = await newClient(this.#cluster.bootstrapServers, config)
    return { client, consumer: newConsumerFromClient(client), committed: new CommittedOffsets(client, group) }
  }

  async #match(pattern: RegExp): Promise<void> {
    const { client } = await this.#connect()
    await client.refreshMetadata()
    this.#matched = (await client.topics()).filter((topic) => pattern.test(topic) && !INTERNAL.has(topic)).sort()
  }

  async #join(): Promise<void> {
    const { topics } = this
    const before = this.#membership
    if (before !== undefined && before.topics.join() !== topics.join()) await this.#leave()
    if (topics.length === 0) return
    const { client } = await this.#connect()
    this.#membership ??= new Membership(client, this.options.group, topics, {
      assigned: (partitions) => this.#hold(partitions),
      revoked: async () => {
        if (this.options.autoCommit) await this.commitAll()
      },
    })
    try {
      this.#membership.ensure()
    } catch (error) {
      unlessItMayPass(error)
    }
  }

  async #leave(): Promise<void> {
    const membership = this.#membership
    await membership?.leave()
    this.#membership = undefined
  }

  /** Holds these partitions from now on: what it held before stays where it is. */
  #hold(partitions: readonly TopicPartition[]): void {
    const before = this.#held
    this.#held = new Map()
    for (const { topic, partition } of partitions) {
      const key = keyOf(topic, partition)
      this.#held.set(
        key,
        before.get(key) ??
          new HeldPartition(
            () => this.#consumer(),
            topic,
            partition,
            () => this.#wake(),
          ),
      )
    }
    for (const [key, one] of before) if (!this.#held.has(key)) one.close()
    this.#wake()
  }

  async #consumer(): Promise<Consumer> {
    return (await this.#connect()).consumer
  }

  #wake(): void {
    this.#arrived.resolve()
    this.#arrived = Promise.withResolvers()
  }

  #heldOne(topic: string, partition: number): HeldPartition {
    const held = this.#held.get(keyOf(topic, partition))
    if (held === undefined) throw illegalState(`No current assignment for partition ${topic}-${partition}`)
    return held
  }

  /** @throws RestError 50002 for one that is subscribed, and in no session of its group */
  #member(): Member | undefined {
    const { kind } = this.#subscription
    if (kind === 'partitions' || kind === 'none') return undefined
    const session = this.#membership?.session
    if (session !== undefined) return session
    throw kafkaError(
      'Offset commit cannot be completed since the consumer is not part of an active group for auto partition assignment; ' +
        'it is likely that the consumer was kicked out of the group.',
    )
  }

  async #autoCommit(): Promise<void> {
    if (!this.options.autoCommit || this.now() - this.#committedAt < AUTO_COMMIT_INTERVAL_MS) return
    await this.commitAll()
  }
}

/** `exclude.internal.topics`: no pattern finds these. */
const INTERNAL: ReadonlySet<string> = new Set(['__consumer_offsets', '__transaction_state', '__share_group_state'])

function keyOf(topic: string, partition: number): string {
  return `${topic}-${partition}`
}

/** A topic that is not there yet, or a partition without a leader, is waited for. */
function unlessItMayPass(error: unknown): void {
  const cause = kafkaErrorIn(error)
  if (cause?.error !== 'UNKNOWN_TOPIC_OR_PARTITION' && cause?.retriable !== true) throw error
}
