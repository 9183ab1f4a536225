/** Record sets of every format with every codec, from our builders to Kafka's readers, and from Kafka's builders to our readers. */
import fc from 'fast-check'
import { type AnyBatch, readAnyBatches } from '../../src/protocol/records/any-batch.ts'
import { buildBatch } from '../../src/protocol/records/batch-builder.ts'
import {
  ATTRIBUTES,
  BATCH_LENGTH,
  type CompressionType,
  CRC,
  compressionTypes,
  LEADER_EPOCH,
  type Magic,
  RECORDS,
} from '../../src/protocol/records/batch-layout.ts'
import { decompress } from '../../src/protocol/records/compression.ts'
import { LEGACY_MAGIC, LegacyRecordBatch, legacyHeaderSize } from '../../src/protocol/records/legacy-batch.ts'
import { buildMessageSet } from '../../src/protocol/records/message-set.ts'
import { RecordBatch } from '../../src/protocol/records/record-batch.ts'
import type { Findings, Sampling } from './findings.ts'
import type { Answer, Kafka } from './kafka.ts'
import { arbitrarySet, type RecordSet } from './record-sets.ts'
import { readContents, recordText } from './record-text.ts'

/** How many record sets are asked for at once: they may be large. */
const AT_ONCE = 50

/** A format with a codec, held against a release. */
interface Format {
  readonly magic: Magic
  readonly codec: CompressionType
  readonly kafka: Kafka
  readonly findings: Findings
}

/** Checks the record formats against each of these releases. */
export async function checkRecords(releases: ReadonlyMap<Kafka, Findings>, sampling: Sampling): Promise<void> {
  for (const magic of [0, 1, 2] as const) {
    for (const codec of compressionTypes) {
      // Message sets never knew zstd (KIP-110).
      if (codec === 'zstd' && magic < 2) continue
      const sets = fc.sample(arbitrarySet(magic, codec), { seed: sampling.seed, numRuns: sampling.each })
      await Promise.all(
        [...releases].flatMap(([kafka, findings]) => {
          const format: Format = { magic, codec, kafka, findings }
          return [checkOurs(format, sets, sampling), checkTheirs(format, sampling)]
        }),
      )
    }
  }
}

async function checkOurs(format: Format, sets: readonly RecordSet[], { seed, each }: Sampling): Promise<void> {
  const { magic, codec, kafka, findings } = format
  let wrong = 0
  for (let at = 0; at < sets.length; at += AT_ONCE) {
    const some = sets.slice(at, at + AT_ONCE)
    const answers = await kafka.readRecords(some.map(({ bytes }) => bytes))
    wrong += answers.filter((answer, i) => misread(some[i] as RecordSet, answer) !== undefined).length
  }
  findings.addRecords('written', sets.length, wrong)
  if (wrong > 0) findings.tell(`v${magic} ${codec}, ${kafka.release}: ${await shrunk(format, seed, each)}`)
}

/** What Kafka reads otherwise than we wrote it. */
function misread({ bytes, batches }: RecordSet, answer: Answer): string | undefined {
  const expected = recordText(batches)
  const found = 'error' in answer ? answer.error : answer.text
  if (found === expected) return undefined
  return `Kafka reads\n  ${found}\n  what was written as\n  ${expected}\n  in ${bytes.toString('hex')}`
}

async function shrunk({ magic, codec, kafka }: Format, seed: number, each: number): Promise<string> {
  let last = 'a difference that does not come again'
  const property = fc.asyncProperty(arbitrarySet(magic, codec), async (set) => {
    const [answer] = await kafka.readRecords([set.bytes])
    const found = misread(set, answer as Answer)
    if (found !== undefined) last = found
    return found === undefined
  })
  const { counterexamplePath } = await fc.check(property, { seed, numRuns: each })
  return `written by us, seed ${seed}, path ${counterexamplePath}: ${last}`
}

async function checkTheirs(format: Format, { seed, each }: Sampling): Promise<void> {
  const { magic, codec, kafka, findings } = format
  let wrong = 0
  for (let at = 0; at < each; at += AT_ONCE) {
    // Each question has a seed of its own: the numbers of its answers count from 0.
    const answers = await kafka.makeRecords(magic, codec, seed + at, Math.min(AT_ONCE, each - at))
    answers.forEach((answer, i) => {
      const found = readOtherwise(answer)
      if (found !== undefined && wrong++ === 0) {
        findings.tell(`v${magic} ${codec} made by Kafka ${kafka.release}, seed ${seed + at}, number ${i}: ${found}`)
      }
    })
  }
  findings.addRecords('read', each, wrong)
}

/** What we read otherwise than Kafka does, in what Kafka wrote; or write otherwise, where there is but one way to write it. */
function readOtherwise(answer: Answer): string | undefined {
  if ('error' in answer) return `Kafka fails: ${answer.error}`
  const { bytes, text } = answer
  try {
    const found = recordText(readContents(bytes))
    if (found !== text) return `we read\n  ${found}\n  what Kafka reads as\n  ${text}\n  in ${bytes.toString('hex')}`
    for (const batch of readAnyBatches(bytes)) {
      const again = rebuilt(batch)
      if (again === null || uncompressed(again).equals(uncompressed(batch))) continue
      return `we write\n  ${hex(again)}\n  what Kafka writes as\n  ${hex(batch)}\n  for ${text}`
    }
  } catch (error) {
    return `we fail: ${error}\n  where Kafka reads ${text}\n  in ${bytes.toString('hex')}`
  }
  return undefined
}

/** The batch as our builders make it of what was read; null where the time of the append hides that of a v2 record. */
function rebuilt(batch: AnyBatch): AnyBatch | null {
  const { compression, timestampType } = batch
  const records = [...batch.records()]
  if (batch instanceof LegacyRecordBatch) {
    const [first] = batch.messages()
    // Inside a wrapper of magic 1 offsets count from the base (KIP-31), which is no record's where that one was taken away.
    const baseOffset = (first?.offset ?? 0) - (batch.magic === 1 ? (first?.message.lastOffset ?? 0) : 0)
    const { magic, timestamp: logAppendTime } = batch
    return new LegacyRecordBatch(
      buildMessageSet(records, { magic, compression, baseOffset, timestampType, logAppendTime }),
    )
  }
  if (timestampType === 'LogAppendTime') return null
  const { baseOffset, lastOffset, maxTimestamp, producerId, producerEpoch, baseSequence } = batch
  const { isTransactional, isControl, partitionLeaderEpoch, deleteHorizonMs } = batch
  return new RecordBatch(
    buildBatch(records, {
      compression,
      baseOffset,
      lastOffset,
      maxTimestamp,
      producerId,
      producerEpoch,
      baseSequence,
      isTransactional,
      isControl,
      partitionLeaderEpoch,
      ...(deleteHorizonMs === null ? {} : { deleteHorizonMs }),
    }),
  )
}

/**
 * All that there is but one way to write: a codec's own choices are taken out, and with them the length and the CRC, which
 * follow from those.
 */
function uncompressed(batch: AnyBatch): Buffer {
  const { bytes, compression, magic } = batch
  if (compression === 'none') return bytes
  const offset = bytes.subarray(0, BATCH_LENGTH)
  if (batch instanceof LegacyRecordBatch) {
    const head = bytes.subarray(LEGACY_MAGIC, legacyHeaderSize(batch.magic))
    return Buffer.concat([offset, head, decompress(compression, batch.value ?? Buffer.alloc(0), { magic })])
  }
  const packed = bytes.subarray(RECORDS)
  const records = packed.length === 0 ? packed : decompress(compression, packed)
  return Buffer.concat([offset, bytes.subarray(LEADER_EPOCH, CRC), bytes.subarray(ATTRIBUTES, RECORDS), records])
}

function hex({ bytes }: AnyBatch): string {
  return bytes.toString('hex')
}
