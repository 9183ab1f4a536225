import { provide } from '../../broker/handles/handle.ts'
import { checkPartition } from '../../broker/handles/records/record-scan.ts'
import type { AppendedRecord, AppendOptions, RecordToAppend } from '../../broker/handles/records/record-to-append.ts'
import { recordsWait } from '../../broker/handles/records/record-waits.ts'
import { recordsTold } from '../../broker/handles/records/record-words.ts'
import {
  type KeyOf,
  ownRecordsOptions,
  type RecordsAsText,
  type RecordsOptions,
  type ValueOf,
} from '../../broker/handles/records/records-options.ts'
import type { TestRecord } from '../../broker/handles/records/test-record.ts'
import { WAIT_OPTIONS, type WaitOptions } from '../../broker/handles/waits/limited-waits.ts'
import { WAITS } from '../../broker/handles/waits/waits.ts'
import { ErrDeleteRecords } from '../../client/admin/errors.ts'
import { KafkaError } from '../../protocol/errors.ts'
import type { PartitionOffsets, TestPartition, TestRecords, TestTopic } from '../test-cluster.ts'
import { appendTo } from './appending.ts'
import { checkLed, offsetsOf, partitionsOfTopic, type RealView, since } from './connection.ts'
import { TopicReader } from './topic-reader.ts'

type AnyOptions = RecordsOptions<unknown, unknown>
type AnyRecord = TestRecord<unknown, unknown>

/** Offset -1 of DeleteRecords: the high watermark. */
const ALL_OF_THEM = -1

/** The records of a topic, or of a partition, of a real cluster. */
abstract class RealRecords implements TestRecords {
  readonly #view: RealView
  readonly #topic: string
  readonly #partition: number | undefined

  static {
    provide(RealRecords.prototype, WAITS, (handle) => handle.#view.waits)
  }

  constructor(view: RealView, topic: string, partition?: number) {
    this.#view = view
    this.#topic = topic
    this.#partition = partition
  }

  /** Produces records, one batch for each partition. A topic that is not there is made, as the cluster makes topics by default. */
  append(
    records: RecordToAppend | readonly RecordToAppend[],
    options: AppendOptions = {},
  ): Promise<readonly AppendedRecord[]> {
    return appendTo(this.#view, { topic: this.#topic, partition: this.#partition }, records, options)
  }

  records<const O extends AnyOptions = RecordsAsText>(options?: O): Promise<readonly TestRecord<KeyOf<O>, ValueOf<O>>[]>
  records<K = string, V = string>(options?: RecordsOptions<K, V>): Promise<readonly TestRecord<K, V>[]>
  async records(options: AnyOptions = {}): Promise<readonly AnyRecord[]> {
    const reader = this.#reader('records', options)
    const told = { what: `the records of ${this.#name}`, seen: () => this.#seen(reader) }
    const { waits } = this.#view
    await waits.during(told, { timeout: waits.answerMs }, (signal) => reader.readToEnd(signal))
    return reader.found
  }

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
    const wait = recordsWait(this.#name, wanted)
    const reader = this.#reader('waitFor', options, WAIT_OPTIONS)
    const told = { what: wait.what, seen: () => this.#seen(reader) }
    return this.#view.waits.lookOn(
      told,
      options,
      (signal) => reader.readNow(wait, signal),
      (signal) => reader.readUntil(wait, signal),
    )
  }

  /** Deletes every record that consumers see. @throws Error for a topic that this run has not made */
  async clear(): Promise<void> {
    const { admin, permission, waits } = this.#view
    permission.checkOwn(`clear of ${this.#name}`, this.#topic)
    await waits.answer(`the leaders of ${this.#name} to delete its records`, async () => {
      const partitions = await partitionsOfTopic(this.#view, this.#topic)
      if (partitions === undefined) return
      const own = this.#partition
      if (own !== undefined) checkPartition(this.#topic, own, partitions.length)
      const cleared = partitions.filter(({ index }) => (own ?? index) === index)
      checkLed(this.#topic, cleared)
      const ends = new Map(cleared.map(({ index }) => [index, ALL_OF_THEM]))
      await since('clear', '0.11', () => admin.deleteRecords(this.#topic, ends)).catch(throwCause)
    })
  }

  get #name(): string {
    return this.#partition === undefined ? this.#topic : `${this.#topic}-${this.#partition}`
  }

  #reader(where: string, options: AnyOptions, alsoAllowed?: readonly string[]): TopicReader {
    const own = ownRecordsOptions(where, options, this.#partition, this.#name, alsoAllowed)
    return new TopicReader(this.#view, this.#topic, own)
  }

  #seen(reader: TopicReader): string {
    const { told } = reader
    if (told === 'nothing') return 'Nothing was heard of it.'
    return told === 'no topic' ? `There is no topic ${this.#topic}.` : recordsTold(told)
  }
}

/** What a leader has said, of all that the client says of it. */
function throwCause(error: unknown): never {
  const [first] = error instanceof ErrDeleteRecords ? error.errors : []
  throw first?.cause instanceof KafkaError ? first.cause : error
}

/** A topic of a real cluster. */
export class RealTopic extends RealRecords implements TestTopic {
  readonly name: string

  constructor(view: RealView, name: string) {
    super(view, name)
    this.name = name
  }
}

/** A partition of a real cluster. */
export class RealPartition extends RealRecords implements TestPartition {
  readonly topic: string
  readonly index: number
  readonly #view: RealView

  constructor(view: RealView, topic: string, index: number) {
    super(view, topic, index)
    this.#view = view
    this.topic = topic
    this.index = index
  }

  /** @throws Error when it is not there; UnmetWaitError when nobody leads it for so long as answers are waited for */
  offsets(): Promise<PartitionOffsets> {
    return this.#view.waits.answer(`the leader of ${this.topic}-${this.index} to answer`, () => this.#offsets())
  }

  async #offsets(): Promise<PartitionOffsets> {
    const { topic, index } = this
    const partitions = (await partitionsOfTopic(this.#view, topic)) ?? []
    const own = partitions.filter((one) => one.index === index)
    checkLed(topic, own)
    const offsets = own.length > 0 ? (await offsetsOf(this.#view, topic, [index])).get(index) : undefined
    if (offsets === undefined) throw new Error(`there is no ${topic}-${index}`)
    return offsets
  }
}
