/**
 * Writes src/protocol/records/crc32c-wasm.ts: the loop of CRC-32C as a WebAssembly module of a few hundred bytes, so that
 * what is published can be read here, instruction by instruction, and needs no compiler to be made again.
 *
 *     node tools/generate-crc32c-wasm.ts
 *
 * The module exports `memory` and `update(crc, from, to): crc`, which goes over the bytes `from` to `to` of that memory. It
 * expects sixteen tables of 256 little-endian uint32 at address 0. With "table j" for the CRCs of each byte followed by j
 * zero bytes, they are the tables 0 to 7, and then 15 down to 8.
 *
 * Sixteen bytes go through a round: two words of eight bytes, one lookup a byte. Each word has a CRC register of its own that
 * only meets its own word of the next round, so that the two chains of lookups run side by side in the processor. The last
 * round, and what is left after it, go through one register, eight bytes and then one byte at a time.
 * (zlib's "braids", after K. Kadatch and B. Jenkins, "Everything we know about CRC but afraid to forget".)
 */
import { writeFileSync } from 'node:fs'

type Code = readonly number[]

/** Bytes of one table. */
const TABLE = 1024
/** Address of the table for byte `k` of a word whose register is used again in the next round. */
const braidTable = (k: number) => (8 + k) * TABLE
/** Address of the table for byte `k` of a word after which the next word is up. */
const wordTable = (k: number) => (7 - k) * TABLE
const byteTable = 0

const WORD = 8
const CHAINS = 2
const ROUND = CHAINS * WORD

// The function's locals: its three parameters, the second chain's register, and the two halves of a word.
const CRC = 0
const FROM = 1
const TO = 2
const CRC2 = 3
const LOW = 4
const HIGH = 5

const unsigned = (value: number): Code =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(Math.floor(value / 0x80))]
const signed = (value: number): Code =>
  value >= -64 && value < 64 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)]

const get = (local: number): Code => [0x20, local]
const set = (local: number): Code => [0x21, local]
const constant = (value: number): Code => [0x41, ...signed(value)]
const lessThan: Code = [0x49]
const greaterOrEqual: Code = [0x4f]
const add: Code = [0x6a]
const subtract: Code = [0x6b]
const and: Code = [0x71]
const xor: Code = [0x73]
const shiftLeft: Code = [0x74]
const shiftRight: Code = [0x76]
/** An int32 at the address on the stack plus `offset`: aligned in a table, not so in the input. */
const loadAligned = (offset: number): Code => [0x28, 2, ...unsigned(offset)]
const load = (offset: number): Code => [0x28, 0, ...unsigned(offset)]
const loadByte = (offset: number): Code => [0x2d, 0, ...unsigned(offset)]

const END: Code = [0x0b]
const leaveIf = (depth: number): Code => [0x0d, depth]
const again: Code = [0x0c, 0]
const block = (...body: Code[]): Code => [0x02, 0x40, ...body.flat(), ...END]
/** Repeats `body` while `go` holds. */
const loopWhile = (stop: Code, ...body: Code[]): Code =>
  block([0x03, 0x40, ...stop, ...leaveIf(1), ...body.flat(), ...again, ...END])

/** Whether fewer than `bytes` bytes are left. */
const fewerThan = (bytes: number): Code => [...get(TO), ...get(FROM), ...subtract, ...constant(bytes), ...lessThan]
const advance = (bytes: number): Code => [...get(FROM), ...constant(bytes), ...add, ...set(FROM)]

/** Looks byte `k` of `local` up in the table at `table`: shifted so that the index comes out times four. */
function lookUp(local: number, k: number, table: number): Code {
  const index =
    k === 0
      ? [...get(local), ...constant(0xff), ...and, ...constant(2), ...shiftLeft]
      : [...get(local), ...constant(8 * k - 2), ...shiftRight, ...constant(0x3fc), ...and]
  return [...index, ...loadAligned(table)]
}

/** Puts the word at FROM + `offset` through the register `crc`, which is on the stack, by the tables that `table` names. */
function word(offset: number, table: (k: number) => number): Code {
  const lookups = [0, 1, 2, 3, 4, 5, 6, 7].map((k) => lookUp(k < 4 ? LOW : HIGH, k % 4, table(k)))
  return [
    ...[...get(FROM), ...load(offset), ...xor, ...set(LOW)],
    ...[...get(FROM), ...load(offset + 4), ...set(HIGH)],
    ...lookups.flatMap((lookup, k) => (k === 0 ? lookup : [...lookup, ...xor])),
  ]
}

const update: Code = [
  ...block(
    [...fewerThan(2 * ROUND), ...leaveIf(0)],
    loopWhile(
      fewerThan(2 * ROUND),
      [...get(CRC), ...word(0, braidTable), ...set(CRC)],
      [...get(CRC2), ...word(WORD, braidTable), ...set(CRC2)],
      advance(ROUND),
    ),
    // The last round brings the two registers together: the second joins in where its word begins.
    [...get(CRC), ...word(0, wordTable), ...get(CRC2), ...xor, ...word(WORD, wordTable), ...set(CRC)],
    advance(ROUND),
  ),
  ...loopWhile(fewerThan(WORD), [...get(CRC), ...word(0, wordTable), ...set(CRC)], advance(WORD)),
  ...loopWhile(
    [...get(FROM), ...get(TO), ...greaterOrEqual],
    [...get(CRC), ...get(FROM), ...loadByte(0), ...xor, ...set(LOW), ...lookUp(LOW, 0, byteTable)],
    [...get(CRC), ...constant(8), ...shiftRight, ...xor, ...set(CRC)],
    advance(1),
  ),
  ...get(CRC),
]

const I32 = 0x7f
const section = (id: number, body: Code): Code => [id, ...unsigned(body.length), ...body]
const name = (text: string): Code => [text.length, ...Buffer.from(text)]
const body: Code = [1, 3, I32, ...update, ...END]

/** The module. */
export const wasm: Buffer = Buffer.from([
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, [1, 0x60, 3, I32, I32, I32, 1, I32]), // types: (i32, i32, i32) -> i32
  ...section(3, [1, 0]), // one function of that type
  ...section(5, [1, 1, 2, 2]), // a memory of two pages, 128 KiB, that does not grow
  ...section(7, [2, ...name('memory'), 2, 0, ...name('update'), 0, 0]),
  ...section(10, [1, ...unsigned(body.length), ...body]),
])

/** The file that holds it. */
export function sourceFile(): string {
  const lines = wasm.toString('base64').match(/.{1,110}/g) ?? []
  return `// Made by tools/generate-crc32c-wasm.ts, where it can be read; do not edit.

/** The loop of CRC-32C as a WebAssembly module of ${wasm.length} bytes, in base64. */
export const crc32cWasm: string = [
${lines.map((line) => `  '${line}',`).join('\n')}
].join('')
`
}

if (import.meta.main) {
  writeFileSync(new URL('../src/protocol/records/crc32c-wasm.ts', import.meta.url), sourceFile())
}
