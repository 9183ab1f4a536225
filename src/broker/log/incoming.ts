import { tooLarge } from '../../protocol/records/batch-check.ts'
import * as layout from '../../protocol/records/batch-layout.ts'
import { stampBatch, stampTimestamp } from '../../protocol/records/batch-stamp.ts'
import { RecordBatch } from '../../protocol/records/record-batch.ts'
import { type AppendRules, validateForAppend } from '../../protocol/records/validate-append.ts'
import type { LogConfig } from '../config/log-config.ts'

/** The default of `max.decompressed.message.bytes`: the largest array of Java's. */
const ANY_SIZE = 0x7fffffff - 8

/** How a leader takes what it is given. */
export interface Intake {
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
 * @param topicPartition `orders-0`, for messages
 * @throws RecordsError
 */
export function takeIn(
  bytes: Buffer,
  topicPartition: string,
  baseOffset: number,
  leaderEpoch: number,
  intake: Intake,
): Incoming | undefined {
  const take = intake.origin === 'coordinator' ? takeTrusted : takeFromClient
  const incoming = take(bytes, topicPartition, intake)
  if (incoming !== undefined) stampBatch(incoming.batch.bytes, baseOffset, leaderEpoch)
  return incoming
}

function takeFromClient(bytes: Buffer, topicPartition: string, intake: Intake): Incoming | undefined {
  const { config, nowMs } = intake
  const rules: AppendRules = {
    topicPartition,
    maxMessageBytes: config.maxMessageBytes,
    maxDecompressedMessageBytes: config.maxDecompressedMessageBytes,
    compacted: config.compact,
    timestampType: config.timestampType,
    now: nowMs,
    timestampBeforeMaxMs: config.timestampBeforeMaxMs,
    timestampAfterMaxMs: config.timestampAfterMaxMs,
    openCompressed: intake.validateCompressed || mustOpen(bytes, intake),
    compression: config.compressionType === 'uncompressed' ? 'none' : config.compressionType,
    ...levelOf(config),
  }
  const check = validateForAppend(bytes, rules)
  return check === null ? undefined : { batch: check.batch, maxTimestamp: check.maxTimestamp }
}

/**
 * Whether a rule of the topic cannot be held without looking at the single records of a compressed batch. The header has their
 * greatest timestamp, but neither the least one nor what keys they have, nor how large each of them is.
 */
function mustOpen(bytes: Buffer, { config, nowMs }: Intake): boolean {
  if (config.compact || config.maxDecompressedMessageBytes < ANY_SIZE) return true
  if (config.timestampType === 'LogAppendTime' || bytes.length < layout.RECORDS) return false
  if (config.timestampBeforeMaxMs < Number.MAX_SAFE_INTEGER) return true
  return layout.readInt64(bytes, layout.MAX_TIMESTAMP) > nowMs + config.timestampAfterMaxMs
}

function levelOf(config: LogConfig): { compressionLevel?: number } {
  if (config.compressionType === 'zstd') return { compressionLevel: config.compressionZstdLevel }
  if (config.compressionType === 'gzip' && config.compressionGzipLevel !== -1) {
    return { compressionLevel: config.compressionGzipLevel }
  }
  return {}
}

function takeTrusted(bytes: Buffer, topicPartition: string, { config, nowMs }: Intake): Incoming {
  const batch = new RecordBatch(bytes)
  const { maxMessageBytes, timestampType } = config
  if (bytes.length > maxMessageBytes) throw tooLarge(bytes.length, { maxMessageBytes, topicPartition })
  const maxTimestamp = timestampType === 'LogAppendTime' ? nowMs : batch.maxTimestamp
  stampTimestamp(bytes, timestampType, maxTimestamp)
  return { batch, maxTimestamp }
}
