/** Arbitrary record sets: what is put into them, so that it can be said what must come out. */
import fc, { type Arbitrary } from 'fast-check'
import { buildBatch } from '../../src/protocol/records/batch-builder.ts'
import type { CompressionType, Magic } from '../../src/protocol/records/batch-layout.ts'
import { endTransactionRecord } from '../../src/protocol/records/control-record.ts'
import { buildMessageSet } from '../../src/protocol/records/message-set.ts'
import type { KafkaRecord } from '../../src/protocol/records/record.ts'
import { plainRecords, records, timestamps } from '../../test/protocol/records/arbitraries.ts'
import { type BatchContent, noState } from './record-text.ts'

/** A record set, and what must be read in it. */
export interface RecordSet {
  readonly bytes: Buffer
  readonly batches: readonly BatchContent[]
}

/** A batch or a message set from this offset on. */
interface Piece extends RecordSet {
  readonly nextOffset: number
}

type Build = (baseOffset: number) => Piece

/** Some batches or message sets, one after the other. */
export function arbitrarySet(magic: Magic, compression: CompressionType): Arbitrary<RecordSet> {
  const piece = magic === 2 ? batch(compression) : messageSet(magic, compression)
  return fc.tuple(offsets, fc.array(piece, { minLength: 1, maxLength: 3 })).map(([first, builds]) => {
    const pieces: Piece[] = []
    for (const build of builds) pieces.push(build(pieces.at(-1)?.nextOffset ?? first))
    return { bytes: Buffer.concat(pieces.map(({ bytes }) => bytes)), batches: pieces.flatMap(({ batches }) => batches) }
  })
}

const offsets = fc.oneof(
  fc.constant(0),
  fc.nat(),
  fc.maxSafeNat().map((offset) => Math.floor(offset / 2)),
)
const int31 = fc.oneof(fc.constantFrom(0, 0x7fffffff), fc.nat())
const state = {
  producerId: fc.oneof(fc.constantFrom(0, Number.MAX_SAFE_INTEGER), fc.maxSafeNat()),
  producerEpoch: fc.oneof(fc.constantFrom(0, 0x7fff), fc.nat(0x7fff)),
  baseSequence: int31,
  isTransactional: fc.boolean(),
}
const noProducer = { producerId: -1, producerEpoch: -1, baseSequence: -1, isTransactional: false }
const leaderEpochs = fc.oneof(fc.constant(-1), int31)

/** Values that reach over the blocks of a codec: repetitive ones, and such as cannot be compressed. */
const large = fc.oneof(
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(200_000))
    .map(([piece, size]) => Buffer.alloc(size, piece)),
  fc.tuple(fc.nat(), fc.nat(100_000)).map(([seed, size]) => noise(seed, size)),
)

/** null but for one in so many. */
function seldom<T>(value: Arbitrary<T>, many: number): Arbitrary<T | null> {
  return fc.oneof({ weight: many - 1, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: value })
}

/** What compaction took away leaves gaps between the offsets. */
function sequence<T>(record: Arbitrary<T>): Arbitrary<(T & { readonly gap: number })[]> {
  const gap = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(1000) })
  const one = fc.tuple(record, gap, seldom(large, 200)).map(([some, skipped, value]) => ({
    ...some,
    ...(value === null ? {} : { value }),
    gap: skipped,
  }))
  return fc.array(one, { minLength: 1, maxLength: 20 })
}

function batch(compression: CompressionType): Arbitrary<Build> {
  return fc.oneof(
    { weight: 10, arbitrary: filled(compression) },
    { weight: 1, arbitrary: empty(compression) },
    { weight: 1, arbitrary: marker() },
  )
}

function filled(compression: CompressionType): Arbitrary<Build> {
  return fc
    .record({
      inputs: sequence(records),
      compressionLevel: fc.integer({ min: 1, max: 9 }),
      appended: seldom(timestamps, 4),
      producer: seldom(fc.record(state), 2),
      partitionLeaderEpoch: leaderEpochs,
      deleteHorizonMs: seldom(fc.nat(2 ** 42), 6),
      gapBehind: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(100) }),
    })
    .map(({ inputs, compressionLevel, appended, producer, partitionLeaderEpoch, deleteHorizonMs, gapBehind }) => {
      return (baseOffset: number) => {
        const placed = place(inputs, baseOffset)
        const header = { ...noProducer, ...producer, partitionLeaderEpoch }
        const lastOffset = (placed.at(-1)?.offset ?? baseOffset) + gapBehind
        const greatest = Math.max(...inputs.map(({ timestamp }) => timestamp))
        const timestampType = appended === null ? 'CreateTime' : 'LogAppendTime'
        const maxTimestamp = appended ?? greatest
        const bytes = buildBatch(placed, {
          baseOffset,
          compression,
          timestampType,
          lastOffset,
          ...header,
          ...(appended === null ? {} : { maxTimestamp }),
          ...(compression === 'gzip' || compression === 'zstd' ? { compressionLevel } : {}),
          ...(deleteHorizonMs === null ? {} : { deleteHorizonMs }),
        })
        const expected: BatchContent = {
          magic: 2,
          compression,
          timestampType,
          baseOffset,
          lastOffset,
          maxTimestamp,
          ...header,
          lastSequence: lastSequence(header.baseSequence, lastOffset - baseOffset),
          isControl: false,
          deleteHorizonMs,
          records: placed.map(({ gap: _, ...record }) => ({ ...record, timestamp: appended ?? record.timestamp })),
        }
        return { bytes, batches: [expected], nextOffset: lastOffset + 1 }
      }
    })
}

/** What is left of a batch when compaction has taken all of its records. */
function empty(compression: CompressionType): Arbitrary<Build> {
  const header = fc.record({ ...state, partitionLeaderEpoch: leaderEpochs, isControl: fc.boolean() })
  return fc.tuple(header, fc.nat(1000), timestamps).map(([given, span, maxTimestamp]) => (baseOffset) => {
    const lastOffset = baseOffset + span
    const content = { ...given, baseOffset, lastOffset, maxTimestamp, compression }
    const expected: BatchContent = {
      ...content,
      magic: 2,
      timestampType: 'CreateTime',
      lastSequence: lastSequence(given.baseSequence, span),
      deleteHorizonMs: null,
      records: [],
    }
    return { bytes: buildBatch([], content), batches: [expected], nextOffset: lastOffset + 1 }
  })
}

/** The end of a transaction. */
function marker(): Arbitrary<Build> {
  return fc
    .record({
      type: fc.constantFrom('COMMIT' as const, 'ABORT' as const),
      coordinatorEpoch: fc.integer(),
      timestamp: timestamps,
      producerId: state.producerId,
      producerEpoch: state.producerEpoch,
      partitionLeaderEpoch: leaderEpochs,
    })
    .map(({ type, coordinatorEpoch, timestamp, ...given }) => (baseOffset) => {
      const { key, value } = endTransactionRecord({ type, coordinatorEpoch }, timestamp)
      const content = { ...given, baseOffset, isTransactional: true, isControl: true }
      const expected: BatchContent = {
        ...content,
        magic: 2,
        compression: 'none',
        timestampType: 'CreateTime',
        lastOffset: baseOffset,
        maxTimestamp: timestamp,
        baseSequence: -1,
        lastSequence: -1,
        deleteHorizonMs: null,
        records: [{ offset: baseOffset, timestamp, key: key as Buffer, value: value as Buffer, headers: [] }],
      }
      const bytes = buildBatch([{ key: key as Buffer, value: value as Buffer, timestamp }], content)
      return { bytes, batches: [expected], nextOffset: baseOffset + 1 }
    })
}

/** Messages one after the other; or, compressed, one that is the wrapper of all. */
function messageSet(magic: 0 | 1, compression: CompressionType): Arbitrary<Build> {
  const appendTimes = magic === 0 ? fc.constant(null) : seldom(timestamps, 4)
  return fc.tuple(sequence(plainRecords), appendTimes).map(([inputs, appended]) => (baseOffset) => {
    const placed = place(inputs, baseOffset)
    const timestampType = appended === null ? 'CreateTime' : 'LogAppendTime'
    const bytes = buildMessageSet(placed, {
      magic,
      compression,
      baseOffset,
      timestampType,
      ...(appended === null ? {} : { logAppendTime: appended }),
    })
    const read = placed.map(({ gap: _, ...record }): KafkaRecord => {
      return { ...record, timestamp: magic === 0 ? -1 : (appended ?? record.timestamp), headers: [] }
    })
    const content = (inside: readonly KafkaRecord[]): BatchContent => ({
      ...noState,
      magic,
      compression,
      timestampType,
      lastOffset: inside.at(-1)?.offset ?? baseOffset,
      maxTimestamp: Math.max(...inside.map(({ timestamp }) => timestamp)),
      records: inside,
    })
    const batches = compression === 'none' ? read.map((record) => content([record])) : [content(read)]
    return { bytes, batches, nextOffset: (read.at(-1)?.offset ?? baseOffset) + 1 }
  })
}

/** Gives each record its offset. */
function place<T extends { readonly gap: number }>(
  inputs: readonly T[],
  baseOffset: number,
): (T & { offset: number })[] {
  let next = baseOffset
  return inputs.map((input) => {
    const offset = next + input.gap
    next = offset + 1
    return { ...input, offset }
  })
}

/** Sequence numbers go on with 0 after 2147483647. */
function lastSequence(baseSequence: number, delta: number): number {
  return baseSequence === -1 ? -1 : (baseSequence + delta) % 0x80000000
}

/** Bytes in which no codec finds anything to save; the same for the same seed. */
function noise(seed: number, size: number): Buffer {
  const bytes = Buffer.alloc(size)
  let state = seed | 1
  for (let i = 0; i < size; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[i] = state
  }
  return bytes
}
