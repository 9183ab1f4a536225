import type { TimestampType } from './batch-layout.ts'
import * as layout from './batch-layout.ts'
import { type RecordFault, RecordsError } from './records-error.ts'

/** What a broker wants of every record. Everything may be left out: then that is not checked. */
export interface RecordRules {
  /** `orders-0`: named in messages, as Kafka names it. */
  readonly topicPartition?: string
  /** Whether the topic is compacted, so that each record needs a key. */
  readonly compacted?: boolean
  /** `message.timestamp.type` of the topic; CreateTime when left out. */
  readonly timestampType?: TimestampType
  /** The broker's time, milliseconds since 1970: timestamps are held against it, and it is the time of the append. */
  readonly now?: number
  /** `message.timestamp.before.max.ms`. */
  readonly timestampBeforeMaxMs?: number
  /** `message.timestamp.after.max.ms`. */
  readonly timestampAfterMaxMs?: number
}

/** Looks at one record after the other, as `LogValidator.validateRecord` does, and keeps what is wrong with them (KIP-467). */
export class RecordFaults {
  private readonly rules: RecordRules
  /** Whether a record without a key is at fault. */
  readonly keyNeeded: boolean
  /** A record whose timestamp is neither before this nor after {@link newest}, and is the producer's, is not at fault for it. */
  readonly oldest: number
  readonly newest: number
  private readonly producersTime: boolean
  private readonly faults: RecordFault[] = []
  private timestampsInvalid = false

  constructor(rules: RecordRules) {
    this.rules = rules
    this.keyNeeded = rules.compacted === true
    this.producersTime = rules.timestampType !== 'LogAppendTime'
    const { now } = rules
    this.oldest = now === undefined ? -Infinity : now - (rules.timestampBeforeMaxMs ?? Infinity)
    this.newest = now === undefined ? Infinity : now + (rules.timestampAfterMaxMs ?? Infinity)
  }

  /**
   * Checks one record; `appended` tells that its batch claims LogAppendTime. False if it must not claim that: the caller
   * describes the record to {@link wrongTimestampType}, which nothing needs to be made for as long as all is well.
   */
  check(batchIndex: number, hasKey: boolean, timestamp: number, offset: number, appended: boolean): boolean {
    if (this.keyNeeded && !hasKey) {
      this.add(batchIndex, `Compacted topic cannot accept message without key${inTopicPartition(this.rules)}`)
    } else if (this.producersTime && timestamp !== layout.NO_TIMESTAMP) {
      // Kafka looks no further here: a batch that claims LogAppendTime goes through, if its time is right.
      if (timestamp < this.oldest || timestamp > this.newest) {
        this.timestampsInvalid = true
        this.add(
          batchIndex,
          `Timestamp ${timestamp} of message with offset ${offset} is out of range. The timestamp should be within ${this.range}`,
        )
      }
    } else if (appended) {
      return false
    }
    return true
  }

  /** In words; where a side is open, with what Java's longs make of it. */
  private get range(): string {
    const { now = 0, timestampBeforeMaxMs, timestampAfterMaxMs } = this.rules
    const time = BigInt(now)
    const [oldest, newest] = [time - long(timestampBeforeMaxMs), time + long(timestampAfterMaxMs)]
    return `[${BigInt.asIntN(64, oldest)}, ${BigInt.asIntN(64, newest)}]`
  }

  wrongTimestampType(batchIndex: number, record: string): void {
    this.timestampsInvalid = true
    this.add(
      batchIndex,
      `Invalid timestamp type in message ${record}. Producer should not set timestamp type to LogAppendTime.`,
    )
  }

  wrongMagic(batchIndex: number, magic: number, outer: number): void {
    const where = inTopicPartition(this.rules)
    this.add(batchIndex, `Record's magic ${magic} does not match outer magic ${outer}${where}`)
  }

  private add(batchIndex: number, message: string): void {
    this.faults.push({ batchIndex, message })
  }

  /** `RecordsError` INVALID_TIMESTAMP or INVALID_RECORD if anything was wrong. */
  throwIfAny(): void {
    const { faults } = this
    if (faults.length === 0) return
    if (this.timestampsInvalid) {
      throw new RecordsError(
        'INVALID_TIMESTAMP',
        'One or more records have been rejected due to invalid timestamp',
        faults,
      )
    }
    const first = faults
      .slice(0, 3)
      .map((fault) => `RecordError(batchIndex=${fault.batchIndex}, message='${fault.message}')`)
    throw new RecordsError(
      'INVALID_RECORD',
      `One or more records have been rejected due to ${faults.length} record errors in total, and only showing the first three errors at most: [${first.join(', ')}]`,
      faults,
    )
  }
}

/** A limit as Java has it: what is too large for a number here is its largest long. */
function long(limit = Number.MAX_SAFE_INTEGER): bigint {
  return limit < Number.MAX_SAFE_INTEGER ? BigInt(limit) : 0x7fff_ffff_ffff_ffffn
}

/** ` in topic partition orders-0`, as Kafka ends its messages. */
export function inTopicPartition(rules: RecordRules): string {
  return rules.topicPartition === undefined ? '' : ` in topic partition ${rules.topicPartition}`
}
