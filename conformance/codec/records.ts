/** Record sets of every format with every codec, from our builders to Kafka's readers, and from Kafka's builders to our readers. */
import fc from 'fast-check'
import { type AnyBatch, readAnyBatches } from '../../src/protocol/records/any-batch.ts'
import { buildBatch } from '../../src/protocol/records/batch-builder.ts'
import { type CompressionType, compressionTypes, type Magic } from '../../src/protocol/records/batch-layout.ts'
import { LegacyRecordBatch } from '../../src/protocol/records/legacy-batch.ts'
import { buildMessageSet } from '../../src/protocol/records/message-set.ts'
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
      if (again === null || again.equals(batch.bytes)) continue
      return `we write\n  ${again.toString('hex')}\n  what Kafka writes as\n  ${batch.bytes.toString('hex')}\n  for ${text}`
    }
  } catch (error) {
    return `we fail: ${error}\n  where Kafka reads ${text}\n  in ${bytes.toString('hex')}`
  }
  return undefined
}

/**
 * The batch as our builders make it of what was read; null where that has not all that was put in: compressed bytes are the
 * codec's to choose, and the time of the append hides that of a v2 record.
 */
function rebuilt(batch: AnyBatch): Buffer | null {
  if (batch.compression !== 'none') return null
  const { timestampType } = batch
  const records = [...batch.records()]
  if (batch instanceof LegacyRecordBatch) {
    const { magic, lastOffset: baseOffset, timestamp: logAppendTime } = batch
    return buildMessageSet(records, { magic, baseOffset, timestampType, logAppendTime })
  }
  if (timestampType === 'LogAppendTime') return null
  const { baseOffset, lastOffset, maxTimestamp, producerId, producerEpoch, baseSequence } = batch
  const { isTransactional, isControl, partitionLeaderEpoch, deleteHorizonMs } = batch
  return buildBatch(records, {
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
  })
}
