import { type BatchCheck, checkBatch } from '../../protocol/records/batch-check.ts'
import { stampBatch, stampTimestamp } from '../../protocol/records/batch-stamp.ts'
import { batchSize, RecordBatch } from '../../protocol/records/record-batch.ts'
import { RecordsError } from '../../protocol/records/records-error.ts'
import type { LogConfig } from '../config/log-config.ts'

/** How a leader takes what it is given. */
export interface Intake {
  /** `orders-0`, for messages. */
  readonly topicPartition: string
  /** `coordinator`: the broker's own records, which are trusted to be well made. */
  readonly origin: 'client' | 'coordinator'
  readonly config: LogConfig
  /** Whether compressed batches are opened even where the topic has no rule that needs it. */
  readonly validateCompressed: boolean
  readonly nowMs: number
}

/** A batch that may be appended. */
export interface Incoming {
  readonly batch: RecordBatch
  /** Of its records, ms; -1 for none. */
  readonly maxTimestamp: number
}

/**
 * Makes what was sent to a partition into the one batch that is kept: checked where it lies, converted only if it must be, with
 * its offsets, its leader's epoch and its timestamp as the log wants them. Undefined when there is not one whole batch.
 * @throws RecordsError
 */
export function takeIn(bytes: Buffer, baseOffset: number, leaderEpoch: number, intake: Intake): Incoming | undefined {
  const size = batchSize(bytes, 0)
  if (size === null || size > bytes.length) return undefined
  return intake.origin === 'coordinator'
    ? takeTrusted(bytes, baseOffset, leaderEpoch, intake)
    : takeFromClient(bytes, baseOffset, leaderEpoch, intake)
}

function takeFromClient(bytes: Buffer, baseOffset: number, leaderEpoch: number, intake: Intake): Incoming {
  const { config } = intake
  const batch = checked(bytes, intake)
  const logAppendTime = config.timestampType === 'LogAppendTime'
  const maxTimestamp = logAppendTime ? intake.nowMs : batch.maxTimestamp
  stampBatch(batch.batch.bytes, baseOffset, leaderEpoch)
  stampTimestamp(batch.batch.bytes, config.timestampType, maxTimestamp)
  return { batch: batch.batch, maxTimestamp }
}

function checked(bytes: Buffer, intake: Intake): BatchCheck {
  const { config } = intake
  return checkBatch(bytes, {
    topicPartition: intake.topicPartition,
    maxMessageBytes: config.maxMessageBytes,
    compacted: config.compact,
    timestampType: config.timestampType,
    now: intake.nowMs,
    timestampBeforeMaxMs: config.timestampBeforeMaxMs,
    timestampAfterMaxMs: config.timestampAfterMaxMs,
    openCompressed: intake.validateCompressed || mustOpen(bytes, intake),
  })
}

/** Whether a rule of the topic cannot be held without looking at single records. */
function mustOpen(bytes: Buffer, { config, nowMs }: Intake): boolean {
  if (config.compact) return true
  if (config.timestampType === 'LogAppendTime') return false
  const { baseTimestamp, maxTimestamp } = new RecordBatch(bytes)
  return baseTimestamp < nowMs - config.timestampBeforeMaxMs || maxTimestamp > nowMs + config.timestampAfterMaxMs
}

function takeTrusted(bytes: Buffer, baseOffset: number, leaderEpoch: number, { config, nowMs }: Intake): Incoming {
  const batch = new RecordBatch(bytes)
  if (bytes.length > config.maxMessageBytes) {
    throw new RecordsError(
      'MESSAGE_TOO_LARGE',
      `The batch has ${bytes.length} bytes, and max.message.bytes allows ${config.maxMessageBytes}`,
    )
  }
  stampBatch(bytes, baseOffset, leaderEpoch)
  const maxTimestamp = config.timestampType === 'LogAppendTime' ? nowMs : batch.maxTimestamp
  stampTimestamp(bytes, config.timestampType, maxTimestamp)
  return { batch, maxTimestamp }
}
