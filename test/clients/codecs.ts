import lz4js from 'lz4js'
import snappyjs from 'snappyjs'

/** The codecs that clients leave to others, from libraries that the broker does not use. */

export const snappy = {
  compress: (data: Uint8Array): Buffer => Buffer.from(snappyjs.compress(Uint8Array.from(data))),
  uncompress: (data: Uint8Array): Buffer => Buffer.from(snappyjs.uncompress(Uint8Array.from(data))),
}

/** xerial's framing, which Java clients put around snappy: magic, two versions, then blocks with their lengths. */
const xerial = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])

export const xerialSnappy = {
  compress(data: Uint8Array): Buffer {
    const block = snappy.compress(data)
    const length = Buffer.alloc(4)
    length.writeInt32BE(block.length)
    return Buffer.concat([xerial, length, block])
  },
  uncompress(data: Buffer): Buffer {
    if (!data.subarray(0, 8).equals(xerial.subarray(0, 8))) return snappy.uncompress(data)
    const blocks: Buffer[] = []
    for (let at = xerial.length; at < data.length; ) {
      const end = at + 4 + data.readInt32BE(at)
      blocks.push(snappy.uncompress(data.subarray(at + 4, end)))
      at = end
    }
    return Buffer.concat(blocks)
  },
}

/** The byte of an LZ4 frame's descriptor that says how its blocks hang together, and its checksum once that is changed. */
const FLAGS = 4
const INDEPENDENT_BLOCKS = 0x20
const HEADER_CHECKSUM = 6
const CHECKSUM_OF_INDEPENDENT_4MB_BLOCKS = 0x73

export const lz4 = {
  // lz4js calls its blocks dependent, and Kafka refuses such a frame ("Dependent block stream is unsupported").
  // Up to 4 MB there is but one block, which depends on none: say so.
  compress(data: Uint8Array): Buffer {
    const frame = Buffer.from(lz4js.compress(data))
    frame.writeUInt8(frame.readUInt8(FLAGS) | INDEPENDENT_BLOCKS, FLAGS)
    frame.writeUInt8(CHECKSUM_OF_INDEPENDENT_4MB_BLOCKS, HEADER_CHECKSUM)
    return frame
  },
  uncompress: (data: Uint8Array): Buffer => Buffer.from(lz4js.decompress(data)),
}
