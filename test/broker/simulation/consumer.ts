import type { Random } from '../../../src/broker/random.ts'
import { Fetch } from '../../../src/protocol/messages/fetch.ts'
import { ListOffsets } from '../../../src/protocol/messages/list-offsets.ts'
import { OffsetForLeaderEpoch } from '../../../src/protocol/messages/offset-for-leader-epoch.ts'
import { RecordBatch } from '../../../src/protocol/records/record-batch.ts'
import { ZERO_UUID } from '../../../src/protocol/uuid.ts'
import { Client, told } from './client.ts'
import { type Program, run } from './program.ts'
import type { World } from './world.ts'

export interface ConsumerShape {
  /** KIP-98: leaves out what is not committed. */
  readonly committedOnly: boolean
  /** Whether it asks a new leader where its epoch ends (KIP-320) before it goes on; otherwise the fetch tells it (KIP-595). */
  readonly validates: boolean
  /** It reads from a replica in its rack, where there is one (KIP-392); undefined: from leaders. */
  readonly rack: string | undefined
}

/** A record that a consumer was given. */
export interface Seen {
  readonly offset: number
  readonly value: string
}

/** What a consumer has been given of one partition. */
export interface PartitionView {
  readonly topic: string
  readonly partition: number
  readonly seen: Seen[]
  position: number
  /** Of the last batch; -1: none yet. */
  lastEpoch: number
  /** The replica that it was told to read from; undefined: the leader. */
  preferred: number | undefined
  /** Where the cluster told it that what it had seen is gone. */
  readonly truncations: string[]
}

const FETCH_WAIT_MS = 5000
const REQUEST_TIMEOUT_MS = 10_000
const EMPTY_PAUSE_MS = 100

/** Reads every partition from its beginning, and notes what it is given. */
export class Consumer extends Client {
  readonly shape: ConsumerShape
  readonly views: PartitionView[] = []
  private stopped = false

  constructor(world: World, id: string, random: Random, shape: ConsumerShape) {
    super(world, id, random)
    this.shape = shape
  }

  follow(topic: string, partition: number): void {
    const view: PartitionView = {
      topic,
      partition,
      seen: [],
      position: 0,
      lastEpoch: -1,
      preferred: undefined,
      truncations: [],
    }
    this.views.push(view)
    run(this.work(view))
  }

  stop(): void {
    this.stopped = true
  }

  private *work(view: PartitionView): Program<void> {
    const { topic, partition } = view
    let validated = -1
    while (!this.stopped) {
      const { nodeId, epoch } = yield* this.findLeader(topic, partition)
      if (this.shape.validates && view.lastEpoch >= 0 && epoch > validated) {
        if (yield* this.validate(view, nodeId, epoch)) validated = epoch
        else yield* this.retry(view)
        continue
      }
      const askedMs = this.world.clock.now()
      const outcome = yield* this.ask(
        view.preferred ?? nodeId,
        Fetch,
        12,
        {
          clusterId: null,
          replicaId: -1,
          replicaState: { replicaId: -1, replicaEpoch: -1 },
          maxWaitMs: FETCH_WAIT_MS,
          minBytes: 1,
          maxBytes: 1 << 20,
          isolationLevel: this.shape.committedOnly ? 1 : 0,
          sessionId: 0,
          sessionEpoch: -1,
          topics: [
            {
              topic,
              topicId: ZERO_UUID,
              partitions: [
                {
                  partition,
                  currentLeaderEpoch: epoch,
                  fetchOffset: view.position,
                  lastFetchedEpoch: this.shape.validates ? -1 : view.lastEpoch,
                  logStartOffset: -1,
                  partitionMaxBytes: 1 << 20,
                  replicaDirectoryId: ZERO_UUID,
                  highWatermark: Number.MAX_SAFE_INTEGER,
                },
              ],
            },
          ],
          forgottenTopicsData: [],
          rackId: this.shape.rack ?? '',
        },
        REQUEST_TIMEOUT_MS,
      )
      const read = outcome.answer?.responses?.[0]?.partitions?.[0]
      const error = told(outcome, () => read?.errorCode)
      if (error === 'NONE' && read !== undefined) {
        this.succeeded()
        const { divergingEpoch, records, abortedTransactions } = read
        const endOffset = divergingEpoch?.endOffset ?? -1
        const preferred = read.preferredReadReplica ?? -1
        if (preferred >= 0) {
          view.preferred = preferred
          continue
        }
        if (endOffset >= 0) this.truncate(view, endOffset, divergingEpoch?.epoch ?? -1)
        // A leader that does not know yet that so much is committed says so at once, and again each time.
        else if (records?.length === 0 && this.world.clock.now() === askedMs) yield* this.sleep(EMPTY_PAUSE_MS)
        else this.take(view, (records ?? []) as readonly Buffer[], abortedTransactions ?? [])
      } else if (view.preferred !== undefined) {
        // Whatever it is, the leader knows better.
        view.preferred = undefined
        yield* this.retry(view)
      } else if (error === 'OFFSET_OUT_OF_RANGE') {
        view.truncations.push(`${this.id}: ${topic}-${partition} has no offset ${view.position} any more`)
        if (!(yield* this.reset(view, nodeId, epoch))) yield* this.retry(view)
      } else yield* this.retry(view)
    }
  }

  private *retry({ topic }: PartitionView): Program<void> {
    yield* this.refresh(topic)
    yield* this.backOff()
  }

  /** What was given between two positions, as a client's `CompletedFetch` goes through it. */
  private take(
    view: PartitionView,
    slices: readonly Buffer[],
    aborted: readonly { readonly producerId?: number | undefined; readonly firstOffset?: number | undefined }[],
  ): void {
    const ahead = [...aborted].sort((a, b) => (a.firstOffset ?? 0) - (b.firstOffset ?? 0))
    const abortedNow = new Set<number>()
    for (const slice of slices) {
      for (let at = 0; at < slice.length; ) {
        const batch = new RecordBatch(at === 0 ? slice : slice.subarray(at))
        at += batch.sizeInBytes
        if (this.shape.committedOnly && batch.hasProducerId) {
          while ((ahead[0]?.firstOffset ?? Number.POSITIVE_INFINITY) <= batch.lastOffset) {
            abortedNow.add(ahead.shift()?.producerId ?? -1)
          }
        }
        if (batch.isControl) {
          if (isAbort(batch)) abortedNow.delete(batch.producerId)
        } else if (!(this.shape.committedOnly && batch.isTransactional && abortedNow.has(batch.producerId))) {
          for (const { offset, value } of batch.records()) {
            if (offset >= view.position) view.seen.push({ offset, value: String(value) })
          }
        }
        view.position = Math.max(view.position, batch.lastOffset + 1)
        view.lastEpoch = batch.partitionLeaderEpoch
      }
    }
    if (slices.length > 0) this.note(`${view.topic}-${view.partition} read to ${view.position}`)
  }

  private *validate(view: PartitionView, nodeId: number, epoch: number): Program<boolean> {
    const { topic, partition } = view
    const outcome = yield* this.ask(
      nodeId,
      OffsetForLeaderEpoch,
      4,
      {
        replicaId: -1,
        topics: [{ topic, partitions: [{ partition, currentLeaderEpoch: epoch, leaderEpoch: view.lastEpoch }] }],
      },
      REQUEST_TIMEOUT_MS,
    )
    const end = outcome.answer?.topics?.[0]?.partitions?.[0]
    if (told(outcome, () => end?.errorCode) !== 'NONE') return false
    const { endOffset = -1, leaderEpoch = -1 } = end ?? {}
    if (endOffset < 0 || leaderEpoch < 0) {
      view.truncations.push(`${this.id}: nothing is known of epoch ${view.lastEpoch} of ${topic}-${partition}`)
    } else if (endOffset < view.position) this.truncate(view, endOffset, leaderEpoch)
    return true
  }

  private truncate(view: PartitionView, endOffset: number, epoch: number): void {
    const { topic, partition, position, seen } = view
    view.truncations.push(
      `${this.id}: ${topic}-${partition} was read to ${position}, and goes on at ${endOffset} of epoch ${epoch}`,
    )
    view.position = endOffset
    view.lastEpoch = epoch
    // Read again from there; what was seen is noted as truncated above.
    const first = seen.findIndex(({ offset }) => offset >= endOffset)
    if (first !== -1) seen.length = first
  }

  /** `auto.offset.reset`: latest. */
  private *reset(view: PartitionView, nodeId: number, epoch: number): Program<boolean> {
    const { topic, partition } = view
    const outcome = yield* this.ask(
      nodeId,
      ListOffsets,
      7,
      {
        replicaId: -1,
        isolationLevel: 0,
        topics: [
          {
            name: topic,
            partitions: [{ partitionIndex: partition, currentLeaderEpoch: epoch, timestamp: -1, maxNumOffsets: 1 }],
          },
        ],
        timeoutMs: REQUEST_TIMEOUT_MS,
      },
      REQUEST_TIMEOUT_MS,
    )
    const end = outcome.answer?.topics?.[0]?.partitions?.[0]
    if (told(outcome, () => end?.errorCode) !== 'NONE' || end?.offset === undefined) return false
    this.truncate(view, end.offset, end.leaderEpoch ?? -1)
    return true
  }
}

/** The type of a control batch stands in the key of its record: a version, then 0 for abort, 1 for commit. */
function isAbort(batch: RecordBatch): boolean {
  for (const { key } of batch.records()) return key?.readInt16BE(2) === 0
  return false
}
