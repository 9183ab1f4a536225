/** The blocks inside lz4 frames. https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md */
import { copyBytes, repeatBytes } from './copy-bytes.ts'
import { RecordsError } from './records-error.ts'

const MIN_MATCH = 4
/** The last five bytes are always literals, and the last match begins twelve bytes before the end or earlier. */
const LAST_LITERALS = 5
const LAST_MATCH = 12
const MAX_OFFSET = 0xffff

/** What `length` bytes can become at most. */
export function maxLz4BlockLength(length: number): number {
  return length + Math.ceil(length / 255) + 16
}

/**
 * Decompresses the bytes from `position` to `end` of `source` into `target` from `start` on, at most up to `limit`; matches
 * reach back to `floor` at most. Returns where it ended. `RecordsError` CORRUPT_MESSAGE if the block does not hold together.
 */
export function decompressLz4Block(
  source: Buffer,
  position: number,
  end: number,
  target: Buffer,
  start: number,
  limit: number,
  floor: number,
): number {
  let from = position
  let to = start
  for (;;) {
    if (from >= end) throw corrupt('a sequence is cut off')
    const token = source[from++] as number
    let length = token >>> 4
    if (length === 15) {
      let byte: number
      do {
        if (from >= end) throw corrupt('a length is cut off')
        byte = source[from++] as number
        length += byte
      } while (byte === 255)
    }
    if (length > end - from) throw corrupt('literals are cut off')
    if (length > limit - to) throw corrupt('more comes out than may')
    copyBytes(source, from, target, to, length)
    from += length
    to += length
    if (from === end) return to
    if (end - from < 2) throw corrupt('an offset is cut off')
    const offset = (source[from] as number) | ((source[from + 1] as number) << 8)
    from += 2
    if (offset === 0 || offset > to - floor) throw corrupt('a match reaches out of the block')
    length = (token & 15) + MIN_MATCH
    if ((token & 15) === 15) {
      let byte: number
      do {
        if (from >= end) throw corrupt('a length is cut off')
        byte = source[from++] as number
        length += byte
      } while (byte === 255)
    }
    if (length > limit - to) throw corrupt('more comes out than may')
    repeatBytes(target, to, offset, length)
    to += length
  }
}

/**
 * Compresses the bytes from `start` to `end`, at most 64 KiB, into `target` at `position`; where it ended. `table` is a power
 * of two of slots to work with.
 */
export function compressLz4Block(
  source: Buffer,
  start: number,
  end: number,
  target: Buffer,
  position: number,
  table: Uint16Array,
): number {
  table.fill(0)
  const shift = 32 - Math.log2(table.length)
  const matchEnd = end - LAST_LITERALS
  const lastMatch = end - LAST_MATCH
  let to = position
  let literal = start
  let from = start + 1
  let misses = 64
  while (from <= lastMatch) {
    const word = source.readInt32LE(from)
    const slot = Math.imul(word, 0x9e3779b1) >>> shift
    let candidate = start + (table[slot] as number)
    table[slot] = from - start
    if (from - candidate > MAX_OFFSET || source.readInt32LE(candidate) !== word) {
      // The longer nothing is found, the larger the steps: bytes that cannot be compressed are passed quickly.
      from += misses++ >>> 6
      continue
    }
    misses = 64
    while (from > literal && candidate > start && source[from - 1] === source[candidate - 1]) {
      from--
      candidate--
    }
    let length = MIN_MATCH
    while (from + length < matchEnd && source[candidate + length] === source[from + length]) length++
    to = writeSequence(source, literal, from, target, to, from - candidate, length)
    from += length
    literal = from
  }
  return writeSequence(source, literal, end, target, to, 0, 0)
}

/** Writes literals and the match after them; the last sequence of a block has no match, a length of 0. */
function writeSequence(
  source: Buffer,
  literal: number,
  literalEnd: number,
  target: Buffer,
  position: number,
  offset: number,
  matchLength: number,
): number {
  const literals = literalEnd - literal
  const match = matchLength === 0 ? 0 : matchLength - MIN_MATCH
  target[position] = (Math.min(literals, 15) << 4) | Math.min(match, 15)
  let to = writeLength(target, position + 1, literals)
  copyBytes(source, literal, target, to, literals)
  to += literals
  if (matchLength === 0) return to
  target[to++] = offset & 0xff
  target[to++] = offset >>> 8
  return writeLength(target, to, match)
}

/** Writes what a length has above the 15 that the token can say. */
function writeLength(target: Buffer, position: number, length: number): number {
  if (length < 15) return position
  let to = position
  let rest = length - 15
  for (; rest >= 255; rest -= 255) target[to++] = 255
  target[to++] = rest
  return to
}

function corrupt(reason: string): RecordsError {
  return new RecordsError('CORRUPT_MESSAGE', `Cannot decompress lz4: ${reason}`)
}
