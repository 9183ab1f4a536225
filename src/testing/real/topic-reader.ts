import { checkPartition } from '../../broker/handles/records/record-scan.ts'
import type { RecordsFound, RecordsWait } from '../../broker/handles/records/record-waits.ts'
import type { PartitionTold } from '../../broker/handles/records/record-words.ts'
import type { RecordsOptions } from '../../broker/handles/records/records-options.ts'
import { TestRecord } from '../../broker/handles/records/test-record.ts'
import { kafkaError } from '../../client/errors/kafka-error.ts'
import { errorName } from '../../protocol/errors.ts'
import type { PartitionData } from '../../protocol/messages/fetch.ts'
import { checkLed, type LedPartition, offsetsOf, partitionsOfTopic, type RealView } from './connection.ts'
import { type FetchFrom, fetchFrom } from './fetching.ts'
import { PartitionRead } from './partition-read.ts'
import { isPassing, LeaderlessError, mayPass } from './passing.ts'

type AnyRecord = TestRecord<unknown, unknown>

/** How long a broker waits for a record that is not there yet, in ms, before it is asked again. */
const LONG_POLL_MS = 500

/** Reads a topic, or one partition of it, as a consumer without a group does. */
export class TopicReader implements RecordsFound {
  private readonly view: RealView
  private readonly topic: string
  private readonly options: RecordsOptions<unknown, unknown>
  /** Names the connections on which this reader alone waits. */
  private readonly purpose: string
  private reads: readonly PartitionRead[] = []
  /** Those that are looked at, as the cluster has last told of them. */
  private partitions: readonly LedPartition[] | 'no topic' | 'nothing' = 'nothing'
  /** Those whose leaders are waited at. */
  private followed: readonly LedPartition[] = []

  constructor(view: RealView, topic: string, options: RecordsOptions<unknown, unknown>) {
    this.view = view
    this.topic = topic
    this.options = options
    this.purpose = view.purpose()
  }

  get count(): number {
    return this.reads.reduce((sum, { found }) => sum + found.length, 0)
  }

  get found(): readonly AnyRecord[] {
    return this.reads.flatMap(({ index, found }) => found.map((record) => this.toTest(index, record)))
  }

  *fresh(): Generator<AnyRecord, void, undefined> {
    for (const { index, fresh } of this.reads) for (const record of fresh) yield this.toTest(index, record)
  }

  /** What is there of each partition, as errors tell it; or that there is no such topic, or that nothing was heard yet. */
  get told(): readonly PartitionTold[] | 'no topic' | 'nothing' {
    if (this.partitions === 'nothing' || this.partitions === 'no topic') return this.partitions
    return this.partitions.map((partition): PartitionTold => {
      const { index, leader } = partition
      const name = `${this.topic}-${index}`
      const read = this.reads.find((one) => one.index === index)
      const found = read?.found ?? []
      if (leader === -1) return { name, found, instead: new LeaderlessError(this.topic, partition).message }
      const open = read?.openFrom
      return open === undefined
        ? { name, found }
        : { name, found, more: `; from offset ${open} on a transaction is open` }
    })
  }

  /** Reads all that consumers see now, as soon as each partition has a leader. @throws RangeError for a partition that is not there */
  async readToEnd(signal: AbortSignal): Promise<void> {
    for (let times = 0; ; times++) {
      try {
        const leaders = await this.look()
        if (leaders === undefined) return
        checkLed(this.topic, leaders)
        if (await this.catchUp(leaders, signal)) return
      } catch (error) {
        if (!mayPass(error)) throw error
      }
      await this.renewed(times, signal)
    }
  }

  /** Reads all that is there now, and gives what is waited for, if that is among it. */
  async readNow(wait: RecordsWait, signal: AbortSignal): Promise<AnyRecord | readonly AnyRecord[] | undefined> {
    this.followed = []
    try {
      const leaders = (await this.look())?.filter(({ leader }) => leader !== -1)
      // What is there is read as a whole before it is looked at.
      if (leaders !== undefined && !(await this.catchUp(leaders, signal))) return undefined
      this.followed = leaders ?? []
      return this.lookFor(wait)
    } catch (error) {
      if (!mayPass(error)) throw error
      return undefined
    }
  }

  /** After {@link readNow}: reads on until what is waited for is there. Each answer to Fetch is looked at when it comes. */
  async readUntil(wait: RecordsWait, signal: AbortSignal): Promise<AnyRecord | readonly AnyRecord[]> {
    for (let times = 0; ; times++) {
      try {
        const found = await this.readOn(this.followed, wait, signal)
        if (found !== undefined) return found
      } catch (error) {
        if (!mayPass(error)) throw error
      }
      await this.renewed(times, signal)
      const found = await this.readNow(wait, signal)
      if (found !== undefined) return found
    }
  }

  /** What is waited for, of what has come since the last time. */
  private lookFor(wait: RecordsWait): AnyRecord | readonly AnyRecord[] | undefined {
    const found = wait.foundIn(this)
    for (const read of this.reads) read.forget()
    return found
  }

  /** What the cluster says of the topic now. A topic may be deleted, or made with fewer partitions, or get more. */
  private async look(): Promise<readonly LedPartition[] | undefined> {
    const partitions = await partitionsOfTopic(this.view, this.topic)
    const { partition: wanted, isolation } = this.options
    if (wanted !== undefined && partitions !== undefined) checkPartition(this.topic, wanted, partitions.length)
    const own = partitions?.filter(({ index }) => (wanted ?? index) === index)
    this.partitions = own ?? 'no topic'
    this.reads = (own ?? []).map(
      ({ topicId, index }) =>
        this.reads.find((read) => read.index === index && read.topicId === topicId) ??
        new PartitionRead(this.topic, topicId, index, isolation),
    )
    return own
  }

  /** Whether all was read that was there when it began. */
  private async catchUp(leaders: readonly LedPartition[], signal: AbortSignal): Promise<boolean> {
    const offsets = await offsetsOf(
      this.view,
      this.topic,
      leaders.map(({ index }) => index),
    )
    for (const read of this.reads) {
      const known = offsets.get(read.index)
      if (known !== undefined) read.begin(known)
    }
    const endOf = ({ index }: PartitionRead): number => {
      const { end = -1, stable = -1 } = offsets.get(index) ?? {}
      return this.isCommittedOnly ? stable : end
    }
    const left = (): readonly PartitionRead[] => this.reads.filter((read) => read.position < endOf(read))
    let isStuck = false
    for (let behind = left(); behind.length > 0; behind = left()) {
      signal.throwIfAborted()
      // In an answer to many the first may have left no room for the others.
      const asked = isStuck ? behind.slice(0, 1) : behind
      const before = asked.map(({ position }) => position)
      const all = [...byLeader(leaders, asked)].map(([leader, own]) => this.fetch(leader, own, 0, signal))
      if ((await Promise.all(all)).includes(false)) return false
      const [first] = asked
      if (asked.some(({ position }, i) => position !== before[i])) isStuck = false
      else if (!isStuck) isStuck = true
      // A client that is throttled is told nothing at all (KIP-219).
      else if (first?.isTold !== true) await this.view.waits.backOff(0, signal)
      // Nothing is left there: compaction has taken it.
      else first.position = endOf(first)
    }
    return true
  }

  /** Waits at every leader for what comes. Undefined where the leaders are to be looked for anew. */
  private async readOn(
    leaders: readonly LedPartition[],
    wait: RecordsWait,
    signal: AbortSignal,
  ): Promise<AnyRecord | readonly AnyRecord[] | undefined> {
    if (leaders.length === 0) return undefined
    const over = new AbortController()
    const either = AbortSignal.any([signal, over.signal])
    // Where one of them finds it, the others wait for nothing more; and where one has moved, all are asked anew.
    const { promise, resolve, reject } = Promise.withResolvers<AnyRecord | readonly AnyRecord[] | undefined>()
    for (const [leader, own] of byLeader(leaders, this.reads)) {
      const follow = async (): Promise<void> => {
        while (!either.aborted) {
          const isLed = await this.fetch(leader, own, LONG_POLL_MS, either, () => {
            const found = this.lookFor(wait)
            if (found !== undefined) resolve(found)
          })
          if (!isLed) return resolve(undefined)
        }
      }
      follow().catch(reject)
    }
    try {
      return await promise
    } finally {
      over.abort()
      this.view.client.releaseConnections(this.purpose)
    }
  }

  /**
   * One answer of one leader, and at once what there is to say of it. False where it is not the leader any more, or the log is another one.
   * @throws KafkaError for what will not pass
   */
  private async fetch(
    leader: number,
    own: readonly PartitionRead[],
    maxWaitMs: number,
    signal: AbortSignal,
    look: () => void = () => {},
  ): Promise<boolean> {
    const { isCommittedOnly } = this
    // Requests that wait at a broker keep back what comes after them on their connection.
    const broker =
      maxWaitMs === 0 ? this.view.client.broker(leader) : this.view.client.connectionTo(leader, this.purpose)
    const asked: readonly FetchFrom[] = own
    for (const read of own) read.isTold = false
    const answers = await fetchFrom(broker, asked, { isCommittedOnly, maxWaitMs, signal })
    if (signal.aborted) return true
    const isLed = answers.map((answer) => this.take(own, answer)).every((taken) => taken)
    look()
    return isLed
  }

  private take(own: readonly PartitionRead[], answer: PartitionData): boolean {
    const read = own.find(({ index }) => index === answer.partitionIndex)
    if (read === undefined) return true
    const name = errorName(answer.errorCode)
    if (name === 'NONE') {
      read.take(answer)
      return true
    }
    if (name === 'OFFSET_OUT_OF_RANGE') read.reset()
    else if (!isPassing(name)) throw kafkaError(answer.errorCode)
    return false
  }

  private async renewed(times: number, signal: AbortSignal): Promise<void> {
    await this.view.waits.backOff(times, signal)
    // Brokers that have come since are to be known.
    await this.view.client.refreshMetadata([], { signal }).catch(() => {})
    signal.throwIfAborted()
  }

  private get isCommittedOnly(): boolean {
    return this.options.isolation === 'read_committed'
  }

  private toTest(index: number, record: PartitionRead['found'][number]): AnyRecord {
    return new TestRecord(this.topic, index, record, this.options)
  }
}

function byLeader(
  leaders: readonly LedPartition[],
  reads: readonly PartitionRead[],
): ReadonlyMap<number, PartitionRead[]> {
  const led = (read: PartitionRead): number => leaders.find(({ index }) => index === read.index)?.leader ?? -1
  return Map.groupBy(
    reads.filter((read) => led(read) !== -1),
    led,
  )
}
