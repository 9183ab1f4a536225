import fc from 'fast-check'
import type { LogConfig } from '../../../src/broker/config/log-config.ts'
import type { ReplicaLog } from '../../../src/broker/log/replica-log.ts'
import { MADE } from '../batches.ts'
import { append, end, keyed } from './replica-logs.ts'

/** One thing that happens to a partition. */
export type Step =
  | {
      readonly do: 'append'
      readonly producerId: number
      readonly keys: readonly (readonly [number, boolean])[]
      readonly open: boolean
    }
  | { readonly do: 'end'; readonly producerId: number; readonly committed: boolean; readonly bump: boolean }
  | { readonly do: 'replicate'; readonly part: number }
  | { readonly do: 'lead' }

/** Ids of producers; the last one stands for records without any. */
const PRODUCERS = [1, 2, 3, -1]

const keys = fc.array(fc.tuple(fc.nat(5), fc.boolean()), { minLength: 1, maxLength: 3 })

export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('append'),
      producerId: fc.constantFrom(...PRODUCERS),
      keys,
      open: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('end'),
      producerId: fc.constantFrom(1, 2, 3),
      committed: fc.boolean(),
      bump: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('replicate'), part: fc.nat(10) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lead') }) },
) as fc.Arbitrary<Step>

export const history: fc.Arbitrary<Step[]> = fc.array(step, { maxLength: 40 })

/** A record that was written. */
export interface Written {
  readonly offset: number
  readonly key: string
  readonly value: string | null
  /** Undefined: outside of any transaction, or of one that is open. */
  transaction: Outcome | undefined
}

interface Outcome {
  readonly producerId: number
  readonly firstOffset: number
  /** The offset of its marker. */
  end?: number
  committed?: boolean
}

/** A log and beside it what a reader of this page holds to be true of it. */
export class Model {
  readonly log: ReplicaLog
  readonly config: LogConfig
  readonly written: Written[] = []
  readonly transactions: Outcome[] = []
  /** Where each batch begins. */
  readonly boundaries: number[] = []
  private leaderEpoch = 0
  private readonly open = new Map<number, Outcome>()
  private readonly producers = new Map<number, { epoch: number; sequence: number }>()

  constructor(log: ReplicaLog, config: LogConfig) {
    this.log = log
    this.config = config
  }

  run(steps: readonly Step[], nowMs: number = MADE): this {
    for (const one of steps) this.take(one, nowMs)
    return this
  }

  /** Where everything is decided, and known to be by all. */
  get lastStableOffset(): number {
    const { highWatermark } = this.log
    const unstable = this.transactions.filter(({ end }) => end === undefined || end >= highWatermark)
    return Math.min(highWatermark, ...unstable.map(({ firstOffset }) => firstOffset))
  }

  /** What a reader of committed records gets. */
  get committed(): Written[] {
    return this.written.filter(({ offset, transaction }) => {
      return offset < this.lastStableOffset && (transaction === undefined || transaction.committed === true)
    })
  }

  private take(step: Step, nowMs: number): void {
    const { log } = this
    const given = { nowMs, config: this.config, leaderEpoch: this.leaderEpoch }
    if (step.do === 'lead') this.leaderEpoch++
    else if (step.do === 'replicate')
      log.maybeIncrementHighWatermark(this.boundaryBefore((log.logEndOffset * step.part) / 10))
    else if (step.do === 'end') this.end(step, given)
    else this.append(step, given)
  }

  /** Replicas have whole batches. */
  private boundaryBefore(offset: number): number {
    const ends = [...this.boundaries, this.log.logEndOffset]
    return ends.findLast((end) => end <= offset) ?? 0
  }

  private append(
    { producerId, keys, open }: Step & { do: 'append' },
    given: { nowMs: number; config: LogConfig; leaderEpoch: number },
  ): void {
    const { log } = this
    const offset = log.logEndOffset
    this.boundaries.push(offset)
    const running = this.open.get(producerId)
    const isTransactional = producerId > 0 && (open || running !== undefined)
    const transaction = isTransactional ? (running ?? this.begin(producerId, offset)) : undefined
    const records = keys.map(([key, dead], i): [string, string | null] => [`k${key}`, dead ? null : `v${offset + i}`])
    const { epoch, sequence } = this.producers.get(producerId) ?? { epoch: 0, sequence: 0 }
    const of = producerId < 0 ? {} : { producerId, producerEpoch: epoch, baseSequence: sequence, isTransactional }
    append(log, keyed(records, { ...of, timestamp: given.nowMs }), given)
    this.producers.set(producerId, { epoch, sequence: sequence + keys.length })
    records.forEach(([key, value], i) => {
      this.written.push({ offset: offset + i, key, value, transaction })
    })
  }

  private begin(producerId: number, firstOffset: number): Outcome {
    const transaction = { producerId, firstOffset }
    this.open.set(producerId, transaction)
    this.transactions.push(transaction)
    return transaction
  }

  private end(
    { producerId, committed, bump }: Step & { do: 'end' },
    given: { nowMs: number; config: LogConfig; leaderEpoch: number },
  ): void {
    const { epoch, sequence } = this.producers.get(producerId) ?? { epoch: 0, sequence: 0 }
    const producerEpoch = bump ? epoch + 1 : epoch
    this.boundaries.push(this.log.logEndOffset)
    const { baseOffset } = end(this.log, committed ? 'COMMIT' : 'ABORT', { producerId, producerEpoch }, given)
    this.producers.set(producerId, { epoch: producerEpoch, sequence: bump ? 0 : sequence })
    const transaction = this.open.get(producerId)
    if (transaction === undefined) return
    this.open.delete(producerId)
    transaction.end = baseOffset
    transaction.committed = committed
  }
}
