/**
 * How long records take: checksums, what a broker checks, reading, building, every codec. Best of many rounds, since other programs
 * only ever make one slower: `node bench/records.ts`.
 */
import { randomBytes } from 'node:crypto'
import { buildBatch } from '../src/protocol/records/batch-builder.ts'
import { checkBatch } from '../src/protocol/records/batch-check.ts'
import { ATTRIBUTES, compressionTypes } from '../src/protocol/records/batch-layout.ts'
import { compress, decompress } from '../src/protocol/records/compression.ts'
import { crc32c, plainCrc32c } from '../src/protocol/records/crc32c.ts'
import type { RecordInput } from '../src/protocol/records/record.ts'
import { RecordBatch } from '../src/protocol/records/record-batch.ts'

const ROUNDS = 40
const ROUND_NS = 2_000_000

/** Nanoseconds for one run, the best of some rounds that take a few milliseconds each. */
function nanoseconds(run: () => unknown): number {
  // The engine needs some thousand runs to make up its mind; only then is it known how many fill a round.
  for (const start = process.hrtime.bigint(); process.hrtime.bigint() - start < 50_000_000n; ) run()
  const runs = Math.max(1, Math.ceil(ROUND_NS / timed(run, 10)))
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) best = Math.min(best, timed(run, runs))
  return best
}

function timed(run: () => unknown, runs: number): number {
  const start = process.hrtime.bigint()
  for (let i = 0; i < runs; i++) run()
  return Number(process.hrtime.bigint() - start) / runs
}

function print(title: string, rows: Record<string, number[]>, columns: readonly string[], unit: string): void {
  console.log(`\n${title} (${unit})`)
  const cells = Object.entries(rows).map(([name, values]) =>
    [name, ...columns.map((column, j) => `${column} ${values[j]?.toFixed(values[j] < 10 ? 2 : 0)}`)].map((cell, j) =>
      cell.padEnd(j === 0 ? 26 : 18),
    ),
  )
  for (const row of cells) console.log(`  ${row.join('')}`)
}

const sizes = [40, 200, 1024, 16_384, 1_048_576]
print(
  'CRC-32C',
  Object.fromEntries(
    Object.entries({ 'plain JavaScript': plainCrc32c, WebAssembly: crc32c }).map(([name, crc]) => [
      name,
      sizes.map((size) => {
        const bytes = randomBytes(size)
        return size / nanoseconds(() => crc(bytes))
      }),
    ]),
  ),
  sizes.map((size) => `${size}:`),
  'GB/s',
)

const rules = {
  now: Date.now(),
  timestampBeforeMaxMs: 9e15,
  timestampAfterMaxMs: 3_600_000,
  maxMessageBytes: 1_048_588,
}
const shapes = [
  [1, 100],
  [145, 100],
  [16, 1000],
] as const
print(
  'A batch',
  Object.fromEntries(
    shapes.map(([count, size]) => {
      const records = Array.from(
        { length: count },
        (): RecordInput => ({ value: randomBytes(size), timestamp: rules.now }),
      )
      const bytes = buildBatch(records)
      const read = () => {
        let total = 0
        for (const { value } of new RecordBatch(bytes).records()) total += value?.length ?? 0
        return total
      }
      const runs = [() => crc32c(bytes, ATTRIBUTES), () => checkBatch(bytes, rules), read, () => buildBatch(records)]
      return [`${count} records of ${size} bytes`, runs.map((run) => nanoseconds(run) / 1000)]
    }),
  ),
  ['CRC', 'check', 'read', 'build'],
  'microseconds',
)

const json = Buffer.from(
  Array.from({ length: 8000 }, (_, id) =>
    JSON.stringify({
      id,
      user: `user-${(id * 7919) % 1000}`,
      amount: (id * 31) % 977,
      note: `one of many, number ${id % 13}`,
    }),
  ).join('\n'),
)
for (const [name, bytes] of Object.entries({
  '16 KiB of JSON': json.subarray(0, 16_384),
  '512 KiB of JSON': json.subarray(0, 524_288),
})) {
  print(
    name,
    Object.fromEntries(
      compressionTypes
        .filter((type) => type !== 'none')
        .map((type) => {
          const packed = compress(type, bytes)
          const speed = (run: () => unknown) => (bytes.length / nanoseconds(run)) * 1000
          return [
            type,
            [speed(() => compress(type, bytes)), speed(() => decompress(type, packed)), bytes.length / packed.length],
          ]
        }),
    ),
    ['compress', 'decompress', 'ratio'],
    'MB/s',
  )
}
