/**
 * The lz4 frame format, as Kafka keeps it. https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 *
 * Kafka's first lz4 producers computed the checksum of the frame's header over the wrong bytes. Message sets of magic 0 keep
 * that mistake, so that old clients go on reading them; whoever reads them does not look at it. From magic 1 on it is right
 * and is looked at (KIP-57).
 */
import { matchTable } from './copy-bytes.ts'
import { compressLz4Block, decompressLz4Block, maxLz4BlockLength } from './lz4-block.ts'
import { RecordsError } from './records-error.ts'
import { xxhash32 } from './xxhash32.ts'

const MAGIC = 0x184d2204
/** Set in the length of a block that is kept as it is. */
const UNCOMPRESSED = 0x80000000

// The bits of a frame's first byte, after its magic.
const VERSION_MASK = 0xc0
const VERSION_1 = 0x40
const INDEPENDENT_BLOCKS = 0x20
const BLOCK_CHECKSUMS = 0x10
const CONTENT_SIZE = 0x08
const CONTENT_CHECKSUM = 0x04
const DICTIONARY_ID = 0x01

/** Kafka's brokers and Java clients write blocks of 64 KiB. */
const BLOCK_SIZE = 64 * 1024
const BLOCK_SIZE_ID = 4

/** Compresses `bytes` into one frame, as Kafka's `Lz4BlockOutputStream` does; `wrongHeaderChecksum` for magic 0. */
export function lz4(bytes: Buffer, wrongHeaderChecksum: boolean): Buffer {
  const blocks = Math.ceil(bytes.length / BLOCK_SIZE)
  const target = Buffer.allocUnsafe(7 + blocks * 4 + maxLz4BlockLength(bytes.length) + blocks * 16 + 4)
  target.writeUInt32LE(MAGIC)
  target[4] = VERSION_1 | INDEPENDENT_BLOCKS
  target[5] = BLOCK_SIZE_ID << 4
  target[6] = (xxhash32(target, wrongHeaderChecksum ? 0 : 4, 6) >>> 8) & 0xff
  const table = matchTable(bytes.length)
  let position = 7
  for (let start = 0; start < bytes.length; start += BLOCK_SIZE) {
    const end = Math.min(start + BLOCK_SIZE, bytes.length)
    const from = position + 4
    let to = compressLz4Block(bytes, start, end, target, from, table)
    if (to - from < end - start) target.writeUInt32LE(to - from, position)
    else {
      to = from + bytes.copy(target, from, start, end)
      target.writeUInt32LE((UNCOMPRESSED | (end - start)) >>> 0, position)
    }
    position = to
  }
  target.writeUInt32LE(0, position)
  return target.subarray(0, position + 4)
}

/**
 * Decompresses one frame, with blocks that stand alone or lean on the ones before. As in Kafka a block's checksum is held
 * against it, one of the whole content is not, and nobody looks at what comes after the frame. `RecordsError` CORRUPT_MESSAGE
 * if it is no such frame, or if more than `maxBytes` come out.
 */
export function unlz4(bytes: Buffer, maxBytes: number, ignoreHeaderChecksum: boolean): Buffer {
  const reader = new FrameReader(bytes, maxBytes, ignoreHeaderChecksum)
  reader.readFrame()
  return reader.target.subarray(0, reader.length)
}

class FrameReader {
  target: Buffer = Buffer.alloc(0)
  /** How much of {@link target} is written. */
  length = 0
  private position = 0
  private readonly bytes: Buffer
  private readonly maxBytes: number
  private readonly ignoreHeaderChecksum: boolean

  constructor(bytes: Buffer, maxBytes: number, ignoreHeaderChecksum: boolean) {
    this.bytes = bytes
    this.maxBytes = maxBytes
    this.ignoreHeaderChecksum = ignoreHeaderChecksum
  }

  readFrame(): void {
    if (this.uint32() !== MAGIC) throw corrupt('Stream unsupported (invalid magic bytes)')
    const header = this.position
    this.skip(2)
    const flags = this.bytes[header] as number
    const maxBlockSize = maxBlockSizeOf(this.bytes[header + 1] as number)
    if ((flags & VERSION_MASK) !== VERSION_1) throw corrupt(`Version ${flags >>> 6} is unsupported`)
    if ((flags & DICTIONARY_ID) !== 0) throw corrupt('Dictionaries are unsupported')
    // The size of the content is not believed: what comes out is counted.
    if ((flags & CONTENT_SIZE) !== 0) this.skip(8)
    const checksum = (xxhash32(this.bytes, header, this.position) >>> 8) & 0xff
    this.skip(1)
    if (!this.ignoreHeaderChecksum && this.bytes[this.position - 1] !== checksum) {
      throw corrupt('Stream frame descriptor corrupted')
    }
    while (this.readBlock(maxBlockSize, flags));
    if ((flags & CONTENT_CHECKSUM) !== 0) this.skip(4)
  }

  /** Reads one block of the frame; whether it was not the mark of its end. */
  private readBlock(maxBlockSize: number, flags: number): boolean {
    const word = this.uint32()
    if (word === 0) return false
    const size = word & 0x7fffffff
    if (size > maxBlockSize) throw corrupt(`Block size ${size} exceeded max: ${maxBlockSize}`)
    const from = this.position
    this.skip(size)
    if (word >= UNCOMPRESSED) {
      this.reserve(size)
      if (this.length + size > this.maxBytes) throw corrupt(`more than ${this.maxBytes} bytes come out`)
      this.length += this.bytes.copy(this.target, this.length, from, from + size)
    } else {
      // One byte of a block can stand for no more than 255.
      this.reserve(Math.min(maxBlockSize, size * 255))
      const floor = (flags & INDEPENDENT_BLOCKS) === 0 ? 0 : this.length
      const limit = Math.min(this.target.length, this.length + maxBlockSize)
      this.length = decompressLz4Block(this.bytes, from, from + size, this.target, this.length, limit, floor)
    }
    if ((flags & BLOCK_CHECKSUMS) !== 0 && this.uint32() !== xxhash32(this.bytes, from, from + size)) {
      throw corrupt('Block checksum mismatch')
    }
    return true
  }

  /** Makes room for `size` more bytes, or for as many as there may be. */
  private reserve(size: number): void {
    const needed = Math.min(this.length + size, this.maxBytes)
    if (needed <= this.target.length) return
    const larger = Buffer.allocUnsafe(Math.min(Math.max(needed, this.target.length * 2), this.maxBytes))
    this.target.copy(larger, 0, 0, this.length)
    this.target = larger
  }

  private uint32(): number {
    this.skip(4)
    return this.bytes.readUInt32LE(this.position - 4)
  }

  private skip(size: number): void {
    if (size > this.bytes.length - this.position) throw corrupt('Stream ended prematurely')
    this.position += size
  }
}

function maxBlockSizeOf(descriptor: number): number {
  const id = (descriptor >>> 4) & 7
  if (id < 4) throw corrupt('Block size value must be between 4 and 7')
  return 1 << (2 * id + 8)
}

function corrupt(reason: string): RecordsError {
  return new RecordsError('CORRUPT_MESSAGE', `Cannot decompress lz4: ${reason}`)
}
