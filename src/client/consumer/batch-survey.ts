import {
  BASE_OFFSET,
  LAST_OFFSET_DELTA,
  LEADER_EPOCH,
  LOG_OVERHEAD,
  MAGIC,
  MINIMUM_MESSAGE_SIZE,
  RECORDS,
  readInt64,
} from '../../protocol/records/batch-layout.ts'
import { batchSize } from '../../protocol/records/record-batch.ts'
import { RecordsError } from '../../protocol/records/records-error.ts'

/** What the headers of fetched batches say: enough to ask for what comes next before any of it was read. */
export interface BatchSurvey {
  /** After the last whole batch; undefined when there is none. */
  readonly nextOffset: number | undefined
  /** Of the leader who wrote the last batch; -1 when it does not say so. */
  readonly leaderEpoch: number
  /** How many bytes are whole batches. */
  readonly end: number
  /** The size in bytes of the batch that was cut off at the end, where it can be told; 0 when none was, or it cannot. */
  readonly cutOffSize: number
  /** Whether what comes after `end` is no batch at all. */
  readonly isBroken: boolean
}

/** Goes over the headers of what was fetched. Nothing is checked but their sizes. */
export function surveyBatches(bytes: Buffer): BatchSurvey {
  let end = 0
  let nextOffset: number | undefined
  let leaderEpoch = -1
  let cutOffSize = 0
  let isBroken = false
  while (end < bytes.length) {
    const size = sizeAt(bytes, end)
    if (size === undefined) {
      isBroken = true
      break
    }
    if (size === null || size > bytes.length - end) {
      cutOffSize = size ?? 0
      break
    }
    const isV2 = bytes[end + MAGIC] === 2
    if (isV2 && size < RECORDS) {
      isBroken = true
      break
    }
    // A message set's wrapper has the offset of the last message inside.
    const offset = readInt64(bytes, end + BASE_OFFSET)
    nextOffset = offset + (isV2 ? bytes.readInt32BE(end + LAST_OFFSET_DELTA) : 0) + 1
    leaderEpoch = isV2 ? bytes.readInt32BE(end + LEADER_EPOCH) : -1
    end += size
  }
  return { nextOffset, leaderEpoch, end, cutOffSize, isBroken }
}

/** Null where not enough is there to tell, undefined for what is no batch. */
function sizeAt(bytes: Buffer, position: number): number | null | undefined {
  try {
    const size = batchSize(bytes, position)
    // Old brokers cut a message off within its header; its length may stand there all the same.
    if (size !== null || bytes.length - position < LOG_OVERHEAD) return size
    return LOG_OVERHEAD + Math.max(MINIMUM_MESSAGE_SIZE, bytes.readInt32BE(position + LOG_OVERHEAD - 4))
  } catch (error) {
    if (error instanceof RecordsError) return undefined
    throw error
  }
}
