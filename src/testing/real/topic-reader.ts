import { checkPartition } from '../../broker/handles/records/record-scan.ts'
import type { RecordsFound, RecordsWait } from '../../broker/handles/records/record-waits.ts'
import type { RecordsOptions } from '../../broker/handles/records/records-options.ts'
import { TestRecord } from '../../broker/handles/records/test-record.ts'
import { kafkaError } from '../../client/errors/kafka-error.ts'
import { errorName } from '../../protocol/errors.ts'
import type { PartitionData } from '../../protocol/messages/fetch.ts'
import { type LedPartition, offsetsOf, partitionsOfTopic, type RealView } from './connection.ts'
import { type FetchFrom, fetchFrom } from './fetching.ts'
import { PartitionRead } from './partition-read.ts'
import { isPassing, mayPass } from './passing.ts'

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
  private isThere = false

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

  /** What was read; undefined where the topic was not there. */
  get read(): readonly PartitionRead[] | undefined {
    return this.isThere ? this.reads : undefined
  }

  /** Reads all that consumers see now. @throws RangeError for a partition that is not there; Error when nobody leads one */
  async readToEnd(signal: AbortSignal): Promise<void> {
    for (let times = 0; ; times++) {
      const leaders = await this.look()
      if (leaders === undefined) return
      for (const { index, leader, replicas } of leaders) {
        if (leader !== -1) continue
        throw new Error(
          `${this.topic}-${index} has no leader: none of its replicas (brokers ${replicas.join(', ')}) that may lead runs`,
        )
      }
      try {
        if (await this.catchUp(leaders, signal)) return
      } catch (error) {
        if (!mayPass(error)) throw error
      }
      await this.renewed(times, signal)
    }
  }

  /** Reads until what is waited for is there: each answer to Fetch is looked at when it comes. */
  async readUntil(wait: RecordsWait, signal: AbortSignal): Promise<AnyRecord | readonly AnyRecord[]> {
    for (let times = 0; ; times++) {
      try {
        const leaders = (await this.look())?.filter(({ leader }) => leader !== -1)
        // What is there is read as a whole before it is looked at.
        if (leaders === undefined || (await this.catchUp(leaders, signal))) {
          const found = this.lookFor(wait) ?? (await this.readOn(leaders ?? [], wait, signal))
          if (found !== undefined) return found
        }
      } catch (error) {
        if (!mayPass(error)) throw error
      }
      await this.renewed(times, signal)
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
    this.isThere = partitions !== undefined
    const { partition: wanted, isolation } = this.options
    if (wanted !== undefined && partitions !== undefined) checkPartition(this.topic, wanted, partitions.length)
    const own = (partitions ?? []).filter(({ index }) => (wanted ?? index) === index)
    this.reads = own.map(
      ({ index }) => this.reads.find((read) => read.index === index) ?? new PartitionRead(this.topic, index, isolation),
    )
    return partitions === undefined ? undefined : own
  }

  /** Whether all was read that was there when it began. */
  private async catchUp(leaders: readonly LedPartition[], signal: AbortSignal): Promise<boolean> {
    const offsets = await offsetsOf(
      this.view,
      this.topic,
      leaders.map(({ index }) => index),
    )
    for (const read of this.reads) {
      const { start = 0 } = offsets.get(read.index) ?? {}
      if (read.position < start) read.position = start
    }
    const left = (): readonly PartitionRead[] =>
      this.reads.filter(({ index, position }) => {
        const { end = 0, stable = 0 } = offsets.get(index) ?? {}
        return position < (this.isCommittedOnly ? stable : end)
      })
    for (let behind = left(); behind.length > 0; behind = left()) {
      const all = [...byLeader(leaders, behind)].map(([leader, own]) => this.fetch(leader, own, 0, signal))
      if ((await Promise.all(all)).includes(false)) return false
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
