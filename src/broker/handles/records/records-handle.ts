import { deleteRecordsBefore } from '../../replication/record-deletion.ts'
import { type ClusterView, checkRuns, leaderReplica } from '../cluster-view.ts'
import { Handle, provide } from '../handle.ts'
import { recordsSeen, surroundingsSeen } from '../seen.ts'
import { WAIT_OPTIONS, type WaitOptions } from '../waits/limited-waits.ts'
import { WAITS } from '../waits/waits.ts'
import { appendRecords, isVisible } from './append.ts'
import { checkLed, indicesOf, RecordScan } from './record-scan.ts'
import type { AppendedRecord, AppendOptions, RecordToAppend } from './record-to-append.ts'
import { recordsWait } from './record-waits.ts'
import {
  type KeyOf,
  ownRecordsOptions,
  type RecordsAsText,
  type RecordsOptions,
  type ValueOf,
} from './records-options.ts'
import type { TestRecord } from './test-record.ts'

type AnyOptions = RecordsOptions<unknown, unknown>
type AnyRecord = TestRecord<unknown, unknown>

/** Offset -1 of DeleteRecords: the high watermark. */
const ALL_OF_THEM = -1

/** What topics and partitions have in common: records. */
export abstract class RecordsHandle extends Handle {
  readonly #view: ClusterView
  readonly #topic: string
  readonly #partition: number | undefined

  static {
    provide(RecordsHandle.prototype, WAITS, (handle) => handle.#view.waits)
  }

  /** @internal */
  constructor(view: ClusterView, topic: string, partition?: number) {
    super()
    this.#view = view
    this.#topic = topic
    this.#partition = partition
  }

  /**
   * Puts records straight into the leader's log, as a producer would without keys of its own: one batch for each partition. A record goes to the partition that it
   * names; else by its key, where Kafka's Java client puts it (murmur2); else to the one that has been written least, so that they spread, and in the same
   * way in each run. A topic that is not there is made where `auto.create.topics.enable` says so, as it does by default.
   *
   * ```ts
   * await cluster.topic('orders').append({ key: 'a', value: { id: 1 } })
   * ```
   * Done when consumers see them: every in-sync replica has them. With `acks: 1`, when the leader has.
   * @throws TypeError, RangeError for what cannot be appended; Error without a leader; KafkaError and RecordsError with what a producer would be told, as
   * NOT_ENOUGH_REPLICAS or MESSAGE_TOO_LARGE, and NOT_LEADER_OR_FOLLOWER when another broker leads before the in-sync replicas have the records, and never
   * had them; UnmetWaitError when the in-sync replicas do not get them in time: then the leader has them nonetheless
   */
  async append(
    records: RecordToAppend | readonly RecordToAppend[],
    options: AppendOptions = {},
  ): Promise<readonly AppendedRecord[]> {
    const view = this.#view
    const topic = this.#topic
    const appended = appendRecords(view, topic, this.#partition, records, options)
    const missing = (): number | undefined => appended.ends.find((end) => !isVisible(view, topic, end))?.index
    if (missing() === undefined) return appended.records
    await view.waits.until({
      what: `all in-sync replicas of ${this.#name} to have what was appended`,
      look: () => (missing() === undefined ? true : undefined),
      seen: () => {
        const index = missing() ?? 0
        const { leader, isr } = view.image.partition(topic, index) ?? { leader: -1, isr: [] }
        return `The leader of ${topic}-${index}, broker ${leader}, has it, and not all of the in-sync replicas ${isr.join(', ')} have. With acks: 1 nobody waits for them.`
      },
    })
    return appended.records
  }

  /**
   * The records that consumers see now, by partition and then by offset: up to the high watermark, without the markers of transactions. Nothing while the topic
   * is not there. Keys and values are decoded when they are looked at.
   *
   * ```ts
   * const [order] = await cluster.topic('orders').records<string, Order>({ value: 'json' })
   * ```
   * @throws TypeError for options that are none; RangeError for a partition that is not there; Error when nobody leads one
   */
  records<const O extends AnyOptions = RecordsAsText>(options?: O): Promise<readonly TestRecord<KeyOf<O>, ValueOf<O>>[]>
  records<K = string, V = string>(options?: RecordsOptions<K, V>): Promise<readonly TestRecord<K, V>[]>
  async records(options: AnyOptions = {}): Promise<readonly AnyRecord[]> {
    const scan = this.#scan('records', options)
    scan.look()
    for (const { index } of scan.scanned) checkLed(this.#view, this.#topic, index)
    return scan.found
  }

  /**
   * Waits until there are at least so many records, and gives all that are there; or for a record that the predicate is true of, which may be there already. The
   * predicate is asked once of each record. What compaction takes away in the middle of a wait has come nonetheless: it counts, and is given.
   *
   * ```ts
   * const orders = await cluster.topic('orders').waitFor(3)
   * const paid = await cluster.topic('orders').waitFor<string, Order>(({ value }) => value?.paid === true, { value: 'json' })
   * ```
   * @throws UnmetWaitError that says what there is instead; TypeError, RangeError for what cannot be waited for; whatever the predicate throws
   */
  waitFor<const O extends AnyOptions = RecordsAsText>(
    count: number,
    options?: O & WaitOptions,
  ): Promise<readonly TestRecord<KeyOf<O>, ValueOf<O>>[]>
  waitFor<K = string, V = string>(
    count: number,
    options?: RecordsOptions<K, V> & WaitOptions,
  ): Promise<readonly TestRecord<K, V>[]>
  waitFor<const O extends AnyOptions = RecordsAsText>(
    predicate: (record: TestRecord<KeyOf<O>, ValueOf<O>>) => boolean,
    options?: O & WaitOptions,
  ): Promise<TestRecord<KeyOf<O>, ValueOf<O>>>
  waitFor<K = string, V = string>(
    predicate: (record: TestRecord<K, V>) => boolean,
    options?: RecordsOptions<K, V> & WaitOptions,
  ): Promise<TestRecord<K, V>>
  async waitFor(
    wanted: number | ((record: never) => boolean),
    options: AnyOptions & WaitOptions = {},
  ): Promise<AnyRecord | readonly AnyRecord[]> {
    const { what, foundIn } = recordsWait(this.#name, wanted)
    const scan = this.#scan('waitFor', options, WAIT_OPTIONS)
    const look = (): AnyRecord | readonly AnyRecord[] | undefined => {
      scan.look()
      return foundIn(scan)
    }
    const seen = (): string =>
      `${recordsSeen(this.#view, this.#topic, scan.scanned)}\n${surroundingsSeen(this.#view, { topic: this.#topic })}`
    return this.#view.waits.until<AnyRecord | readonly AnyRecord[]>({ what, look, seen }, options)
  }

  /**
   * Deletes every record that consumers see, as DeleteRecords does: the log begins where it ends. Does nothing while the topic is not there.
   * @throws KafkaError POLICY_VIOLATION for a topic that is only compacted; Error when nobody leads a partition
   */
  async clear(): Promise<void> {
    const view = this.#view
    const topic = this.#topic
    checkRuns(view, 'clear')
    const indices = indicesOf(view, topic, this.#partition)
    for (const index of indices) checkLed(view, topic, index)
    const starts = new Map<number, number>()
    view.queue.turn(() => {
      for (const index of indices) {
        const partition = leaderReplica(view, topic, index)
        if (partition === undefined) continue
        starts.set(index, partition.highWatermark)
        const broker = view.brokers.get(partition.leaderId)
        // Its reply is not waited for, which takes the cluster's time: the log's start has moved, and followers are looked at here.
        if (broker !== undefined) deleteRecordsBefore(broker.replicas, topic, index, ALL_OF_THEM, 0)
      }
    })
    const behind = (): number | undefined =>
      [...starts].find(([index, start]) => (leaderReplica(view, topic, index)?.lowWatermark ?? start) < start)?.[0]
    await view.waits.until({
      what: `every replica of ${this.#name} to delete its records`,
      look: () => (behind() === undefined ? true : undefined),
      seen: () =>
        `Not every live replica of ${topic}-${behind()} has heard of it yet; consumers see none of them any more.`,
    })
  }

  get #name(): string {
    return this.#partition === undefined ? this.#topic : `${this.#topic}-${this.#partition}`
  }

  #scan(where: string, options: AnyOptions, alsoAllowed?: readonly string[]): RecordScan<unknown, unknown> {
    const own = ownRecordsOptions(where, options, this.#partition, this.#name, alsoAllowed)
    return new RecordScan(this.#view, this.#topic, own)
  }
}
