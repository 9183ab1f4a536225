/**
 * Snappy: the raw block format, and the stream of blocks that snappy-java writes and Kafka therefore keeps.
 * https://github.com/google/snappy/blob/main/format_description.txt
 *
 * What producers send under codec 2 is either: Java, Go and Python clients put their blocks into snappy-java's stream
 * ("xerial" after its author), librdkafka and others send one raw block. Brokers read both, and so does {@link unsnappy};
 * {@link snappy} writes the stream, as a broker does.
 */
import { copyBytes, matchTable, repeatBytes } from './copy-bytes.ts'
import { RecordsError } from './records-error.ts'

/** `\x82SNAPPY\0`, the version, and the oldest version that can read it: both 1. */
const xerialHeader: Buffer = Buffer.from('\x82SNAPPY\0\0\0\0\x01\0\0\0\x01', 'latin1')
const XERIAL_MAGIC_LENGTH = 8
/** The first four bytes of the magic, read as the length of a chunk: another stream begins here. */
const XERIAL_MAGIC_HEAD = -2108469695
/** How much snappy-java puts into a chunk. */
const XERIAL_CHUNK = 32 * 1024
/** A copy of 64 bytes takes three: no block says more than so many times its own bytes. */
const MAX_EXPANSION = 22

/** Compresses `bytes` into snappy-java's stream. */
export function snappy(bytes: Buffer): Buffer {
  const chunks = Math.ceil(bytes.length / XERIAL_CHUNK)
  const target = Buffer.allocUnsafe(xerialHeader.length + chunks * 4 + maxCompressedLength(bytes.length) + chunks * 32)
  const table = matchTable(bytes.length)
  let position = xerialHeader.copy(target)
  for (let start = 0; start < bytes.length; start += XERIAL_CHUNK) {
    const end = Math.min(start + XERIAL_CHUNK, bytes.length)
    const written = compressBlock(bytes, start, end, target, position + 4, table)
    target.writeInt32BE(written - position - 4, position)
    position = written
  }
  return target.subarray(0, position)
}

/**
 * Decompresses a stream of snappy-java or one raw block. `RecordsError` CORRUPT_MESSAGE if it is neither, or more than
 * `maxBytes` come out.
 */
export function unsnappy(bytes: Buffer, maxBytes: number): Buffer {
  if (
    bytes.length < xerialHeader.length ||
    bytes.compare(xerialHeader, 0, XERIAL_MAGIC_LENGTH, 0, XERIAL_MAGIC_LENGTH) !== 0
  ) {
    const block = blockLength(bytes, 0, bytes.length, maxBytes)
    const target = Buffer.allocUnsafe(block.length)
    decompressBlock(bytes, block.start, bytes.length, target, 0, block.length)
    return target
  }
  // The first pass adds the blocks' lengths up, so that the second writes into one buffer.
  let total = 0
  for (const chunk of xerialChunks(bytes)) {
    total += blockLength(bytes, chunk.start, chunk.end, maxBytes - total).length
  }
  const target = Buffer.allocUnsafe(total)
  let position = 0
  for (const chunk of xerialChunks(bytes)) {
    const block = blockLength(bytes, chunk.start, chunk.end, maxBytes)
    decompressBlock(bytes, block.start, chunk.end, target, position, position + block.length)
    position += block.length
  }
  return target
}

function* xerialChunks(bytes: Buffer): Generator<{ start: number; end: number }, void, undefined> {
  let position = xerialHeader.length
  while (position < bytes.length) {
    if (bytes.length - position < 4) throw corrupt('the length of a chunk is cut off')
    const size = bytes.readInt32BE(position)
    if (size === XERIAL_MAGIC_HEAD) {
      position += xerialHeader.length
      continue
    }
    const start = position + 4
    if (size < 0 || size > bytes.length - start)
      throw corrupt(`a chunk of ${size} bytes where ${bytes.length - start} are left`)
    yield { start, end: start + size }
    position = start + size
  }
}

/** Reads the length that stands before a block: how much comes out, and where the block goes on. */
function blockLength(bytes: Buffer, start: number, end: number, maxBytes: number): { length: number; start: number } {
  let length = 0
  let position = start
  for (let factor = 1; ; factor *= 128) {
    if (position >= end || position - start >= 5) throw corrupt('the length of a block is broken')
    const byte = bytes[position++] as number
    length += (byte & 0x7f) * factor
    if (byte < 128) break
  }
  if (length > (end - start) * MAX_EXPANSION) throw corrupt(`a block of ${end - start} bytes cannot hold ${length}`)
  if (length > maxBytes) throw corrupt(`more than ${maxBytes} bytes come out`)
  return { length, start: position }
}

const LITERAL = 0
const COPY_1_BYTE_OFFSET = 1
const COPY_2_BYTE_OFFSET = 2

/** Decompresses the elements from `position` to `end` of `source` to exactly the bytes from `start` to `limit` of `target`. */
function decompressBlock(
  source: Buffer,
  position: number,
  end: number,
  target: Buffer,
  start: number,
  limit: number,
): void {
  let from = position
  let to = start
  while (from < end) {
    const tag = source[from++] as number
    if ((tag & 3) === LITERAL) {
      let length = (tag >>> 2) + 1
      if (length > 60) {
        const extra = length - 60
        if (extra > end - from) throw corrupt('a literal is cut off')
        length = source.readUIntLE(from, extra) + 1
        from += extra
      }
      if (length > end - from || length > limit - to) throw corrupt('a literal is too long')
      copyBytes(source, from, target, to, length)
      from += length
      to += length
      continue
    }
    let length: number
    let offset: number
    if ((tag & 3) === COPY_1_BYTE_OFFSET) {
      if (from >= end) throw corrupt('a copy is cut off')
      length = ((tag >>> 2) & 7) + 4
      offset = ((tag >>> 5) << 8) | (source[from++] as number)
    } else {
      const size = (tag & 3) === COPY_2_BYTE_OFFSET ? 2 : 4
      if (size > end - from) throw corrupt('a copy is cut off')
      length = (tag >>> 2) + 1
      offset = size === 2 ? (source[from] as number) | ((source[from + 1] as number) << 8) : source.readUInt32LE(from)
      from += size
    }
    if (offset === 0 || offset > to - start || length > limit - to) throw corrupt('a copy reaches out of the block')
    repeatBytes(target, to, offset, length)
    to += length
  }
  if (to !== limit) throw corrupt('a block is shorter than it says')
}

/** What `length` bytes can become at most, as one block or as several. */
function maxCompressedLength(length: number): number {
  return 32 + length + Math.ceil(length / 6)
}

/** Compresses the bytes from `start` to `end`, at most 64 KiB, into `target` at `position`; where it ended. */
function compressBlock(
  source: Buffer,
  start: number,
  end: number,
  target: Buffer,
  position: number,
  table: Uint16Array,
): number {
  let to = position
  for (let rest = end - start; ; rest >>>= 7) {
    if (rest < 0x80) {
      target[to++] = rest
      break
    }
    target[to++] = (rest & 0x7f) | 0x80
  }
  table.fill(0)
  const shift = 32 - Math.log2(table.length)
  let literal = start
  let from = start + 1
  const lastMatch = end - 15 // a margin in which looking for matches does not pay
  let misses = 32
  while (from < lastMatch) {
    const word = source.readInt32LE(from)
    const slot = Math.imul(word, 0x1e35a7bd) >>> shift
    const candidate = start + (table[slot] as number)
    table[slot] = from - start
    if (source.readInt32LE(candidate) !== word) {
      // The longer nothing is found, the larger the steps: bytes that cannot be compressed are passed quickly.
      from += misses++ >>> 5
      continue
    }
    misses = 32
    if (from > literal) to = writeLiteral(source, literal, from - literal, target, to)
    let length = 4
    while (from + length < end && source[candidate + length] === source[from + length]) length++
    to = writeCopy(target, to, from - candidate, length)
    from += length
    literal = from
  }
  return end > literal ? writeLiteral(source, literal, end - literal, target, to) : to
}

function writeLiteral(source: Buffer, from: number, length: number, target: Buffer, position: number): number {
  let to = position
  const size = length - 1
  if (size < 60) target[to++] = size << 2
  else if (size < 0x100) {
    target[to++] = 60 << 2
    target[to++] = size
  } else {
    target[to++] = 61 << 2
    target[to++] = size & 0xff
    target[to++] = size >>> 8
  }
  copyBytes(source, from, target, to, length)
  return to + length
}

function writeCopy(target: Buffer, position: number, offset: number, matched: number): number {
  let to = position
  let length = matched
  while (length > 0) {
    // What would leave a rest of less than four, which the short form cannot say, is cut earlier.
    const part = length <= 64 ? length : length < 68 ? 60 : 64
    if (part >= 4 && part <= 11 && offset < 2048) {
      target[to++] = COPY_1_BYTE_OFFSET | ((part - 4) << 2) | ((offset >>> 8) << 5)
      target[to++] = offset & 0xff
    } else {
      target[to++] = COPY_2_BYTE_OFFSET | ((part - 1) << 2)
      target[to++] = offset & 0xff
      target[to++] = offset >>> 8
    }
    length -= part
  }
  return to
}

function corrupt(reason: string): RecordsError {
  return new RecordsError('CORRUPT_MESSAGE', `Cannot decompress snappy: ${reason}`)
}
