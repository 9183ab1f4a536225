/**
 * Writes src/protocol/records/crc32c-wasm.ts: the loop of CRC-32C as a WebAssembly module of a few kilobytes, so that
 * what is published can be read here, instruction by instruction, and needs no compiler to be made again.
 *
 *     node tools/generate-crc32c-wasm.ts
 *
 * The module exports `memory`, `update(crc, from, to): crc`, which goes over the bytes `from` to `to` of that memory, and
 * `blocks`, which does so in less than half of the time, and takes whole blocks of 4096 bytes alone.
 *
 * `update` expects sixteen tables of 256 little-endian uint32 at address 0. With "table j" for the CRCs of each byte followed
 * by j zero bytes, they are the tables 0 to 7, and then 15 down to 8.
 *
 * Sixteen bytes go through a round: two words of eight bytes, one lookup a byte. Each word has a CRC register of its own that
 * only meets its own word of the next round, so that the two chains of lookups run side by side in the processor. The last
 * round, and what is left after it, go through one register, eight bytes and then one byte at a time.
 * (zlib's "braids", after K. Kadatch and B. Jenkins, "Everything we know about CRC but afraid to forget".)
 *
 * `blocks` cuts a block into sixteen strips of 256 bytes, and goes over all of them at once: a vector has a byte of each. As
 * they lie in memory sixteen bytes of one strip are together, so sixteen vectors are turned around first. Four vectors hold the
 * registers, one byte of each; a table that has sixteen entries of one byte is one instruction, so there is one for either half
 * of the byte that is looked up and for each byte of what is found: eight, sixteen bytes each, at NIBBLES. At last the sixteen
 * registers become one, by four tables of 256 uint32 at STRIP_SHIFT: what becomes of each byte of a register when a strip of
 * zeros follows.
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

/** Addresses, which src/protocol/records/crc32c.ts knows too. */
const STRIP_SHIFT = 16 * TABLE
const NIBBLES = 20 * TABLE
/** Room for sixteen registers. */
const REGISTERS = NIBBLES + 8 * 16

const STRIPS = 16
const STRIP = 256

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

// The locals of `blocks`, after its parameters: the address in the first strip and its end, and then the vectors.
const AT = 3
const STRIP_END = 4
const REGISTER = [5, 6, 7, 8] as const
const LOW_NIBBLES = 9
const HIGH_NIBBLES = 10
const LOW_TABLE = [11, 12, 13, 14] as const
const HIGH_TABLE = [15, 16, 17, 18] as const
const ROWS = Array.from({ length: STRIPS }, (_, i) => 19 + i)
const TURNED = Array.from({ length: STRIPS }, (_, i) => 19 + STRIPS + i)
const VECTORS = 4 + 2 + 8 + 2 * STRIPS

const vector = (...code: number[]): Code => [0xfd, ...code]
const loadVector = (offset: number): Code => vector(0x00, 0, ...unsigned(offset))
const storeVector = (offset: number): Code => vector(0x0b, 0, ...unsigned(offset))
const bytesOf = (value: number): Code => vector(0x0c, ...Array.from({ length: 16 }, () => value))
const shuffle = (...lanes: number[]): Code => vector(0x0d, ...lanes)
const xorVectors: Code = vector(0x51)
const andVectors: Code = vector(0x4e)
const shiftShortsRight: Code = vector(...unsigned(0x8d))
const replaceFirstByte: Code = vector(0x17, 0)
/** Relaxed: what an index above 15 finds is left open. There is none. */
const lookUpBytes: Code = vector(...unsigned(0x100))

/** The lanes that put two vectors together by units of `size` bytes in turn, of their lower halves or of their upper ones. */
const inTurn = (size: number, upper: boolean): Code =>
  shuffle(
    ...Array.from({ length: 16 }, (_, lane) => {
      const unit = Math.floor(lane / size)
      return (upper ? 8 : 0) + (unit >> 1) * size + (lane % size) + (unit & 1) * 16
    }),
  )

/**
 * Turns sixteen vectors around: byte j of vector i becomes byte i of vector j. To put i and i + 8 together byte by byte turns
 * the eight bits of (i, j) by one; four times, and they have changed places. The result is in `rows` again.
 */
function turnAround(rows: readonly number[], others: readonly number[], times = 4): Code {
  if (times === 0) return []
  const half = STRIPS / 2
  const code = rows.slice(0, half).flatMap((row, i) =>
    [false, true].flatMap((upper) => {
      const target = others[2 * i + (upper ? 1 : 0)] as number
      return [...get(row), ...get(rows[i + half] as number), ...inTurn(1, upper), ...set(target)]
    }),
  )
  return [...code, ...turnAround(others, rows, times - 1)]
}

/** A byte of each strip goes through the registers. */
function step(bytes: number): Code {
  const found = (k: number): Code => [
    ...[...get(LOW_TABLE[k] as number), ...get(LOW_NIBBLES), ...lookUpBytes],
    ...[...get(HIGH_TABLE[k] as number), ...get(HIGH_NIBBLES), ...lookUpBytes, ...xorVectors],
  ]
  return [
    ...[...get(REGISTER[0]), ...get(bytes), ...xorVectors, ...set(bytes)],
    ...[...get(bytes), ...bytesOf(0x0f), ...andVectors, ...set(LOW_NIBBLES)],
    ...[...get(bytes), ...constant(4), ...shiftShortsRight, ...bytesOf(0x0f), ...andVectors, ...set(HIGH_NIBBLES)],
    ...[0, 1, 2].flatMap((k) => [
      ...[...found(k), ...get(REGISTER[k + 1] as number), ...xorVectors, ...set(REGISTER[k] as number)],
    ]),
    ...[...found(3), ...set(REGISTER[3])],
  ]
}

/** The register on the stack as it is when a strip of zeros has followed. Uses AT. */
const afterStrip: Code = [
  ...set(AT),
  ...[0, 1, 2, 3].flatMap((k) => [...lookUp(AT, k, STRIP_SHIFT + k * TABLE), ...(k === 0 ? [] : xor)]),
]

/** The registers of the strips as words in memory, in the order of the strips. */
const storeRegisters: Code = [false, true].flatMap((upperStrips) =>
  [false, true].flatMap((upper, i) => {
    const pair = (k: 0 | 2): Code => [
      ...get(REGISTER[k]),
      ...get(REGISTER[(k + 1) as 1 | 3]),
      ...inTurn(1, upperStrips),
    ]
    const address = REGISTERS + (upperStrips ? 32 : 0) + i * 16
    return [...constant(0), ...pair(0), ...pair(2), ...inTurn(2, upper), ...storeVector(address)]
  }),
)

const blocks: Code = [
  ...[...LOW_TABLE, ...HIGH_TABLE].flatMap((local, k) => [
    ...constant(0),
    ...loadVector(NIBBLES + 16 * k),
    ...set(local),
  ]),
  ...loopWhile(
    [...get(FROM), ...get(TO), ...greaterOrEqual],
    // What came before goes into the register of the first strip.
    REGISTER.flatMap((register, k) => [
      ...bytesOf(0),
      ...[...get(CRC), ...constant(8 * k), ...shiftRight, ...replaceFirstByte],
      ...set(register),
    ]),
    [...get(FROM), ...set(AT), ...get(FROM), ...constant(STRIP), ...add, ...set(STRIP_END)],
    loopWhile(
      [...get(AT), ...get(STRIP_END), ...greaterOrEqual],
      ROWS.flatMap((row, strip) => [...get(AT), ...loadVector(strip * STRIP), ...set(row)]),
      turnAround(ROWS, TURNED),
      ROWS.flatMap(step),
      [...get(AT), ...constant(16), ...add, ...set(AT)],
    ),
    storeRegisters,
    [...constant(0), ...loadAligned(REGISTERS)],
    ...Array.from({ length: STRIPS - 1 }, (_, i) => [
      ...afterStrip,
      ...[...constant(0), ...loadAligned(REGISTERS + 4 * (i + 1)), ...xor],
    ]),
    set(CRC),
    advance(STRIPS * STRIP),
  ),
  ...get(CRC),
]

const I32 = 0x7f
const V128 = 0x7b
const section = (id: number, body: Code): Code => [id, ...unsigned(body.length), ...body]
const name = (text: string): Code => [text.length, ...Buffer.from(text)]
const functionOf = (locals: Code, code: Code): Code => {
  const body = [...locals, ...code, ...END]
  return [...unsigned(body.length), ...body]
}
const functions = [
  functionOf([1, 3, I32], update),
  // A function of its own: it is compiled when it is first called, which most processes never do.
  functionOf([2, 2, I32, VECTORS, V128], blocks),
]

/** The module. */
export const wasm: Buffer = Buffer.from([
  ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, [1, 0x60, 3, I32, I32, I32, 1, I32]), // types: (i32, i32, i32) -> i32
  ...section(3, [2, 0, 0]), // two functions of that type
  ...section(5, [1, 1, 2, 2]), // a memory of two pages, 128 KiB, that does not grow
  ...section(7, [3, ...name('memory'), 2, 0, ...name('update'), 0, 0, ...name('blocks'), 0, 1]),
  ...section(10, [functions.length, ...functions.flat()]),
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
