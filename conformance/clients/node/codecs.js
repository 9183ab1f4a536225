import lz4js from 'lz4js'
import snappyjs from 'snappyjs'

/** The codecs that clients leave to others, from libraries that the broker does not use. */

/** xerial's framing, which Java clients put around snappy: magic, two versions, then blocks with their lengths. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])

export const snappy = {
  /** @param {Uint8Array} data */
  compress(data) {
    const block = Buffer.from(snappyjs.compress(Uint8Array.from(data)))
    const length = Buffer.alloc(4)
    length.writeInt32BE(block.length)
    return Buffer.concat([XERIAL, length, block])
  },
  /** @param {Buffer} data */
  uncompress(data) {
    if (!data.subarray(0, 8).equals(XERIAL.subarray(0, 8)))
      return Buffer.from(snappyjs.uncompress(Uint8Array.from(data)))
    const blocks = []
    for (let at = XERIAL.length; at < data.length; ) {
      const end = at + 4 + data.readInt32BE(at)
      blocks.push(snappyjs.uncompress(Uint8Array.from(data.subarray(at + 4, end))))
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
  /**
   * lz4js calls its blocks dependent, and Kafka refuses such a frame. Up to 4 MB there is but one block, which depends on none.
   * @param {Uint8Array} data
   */
  compress(data) {
    const frame = Buffer.from(lz4js.compress(data))
    frame.writeUInt8(frame.readUInt8(FLAGS) | INDEPENDENT_BLOCKS, FLAGS)
    frame.writeUInt8(CHECKSUM_OF_INDEPENDENT_4MB_BLOCKS, HEADER_CHECKSUM)
    return frame
  },
  /** @param {Uint8Array} data */
  uncompress: (data) => Buffer.from(lz4js.decompress(data)),
}
