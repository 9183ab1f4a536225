const FRAME = 0xfd_2f_b5_28
const SKIPPABLE_FRAME = 0x18_4d_2a_50
const HEADER_AT = 4
const BLOCK_HEADER_BYTES = 3
const CONTENT_CHECKSUM_BYTES = 4
const RLE_BLOCK = 1

/**
 * Where each of the zstd frames in `bytes` ends, by the sizes that their headers and blocks tell (RFC 8878, 3.1): node:zlib
 * reads several frames as one stream in newer releases only, and older ones take a frame cut off for a whole one. An error when the last
 * one is cut off, and when what follows a frame is none.
 */
export function zstdFrameEnds(bytes: Buffer): number[] {
  const ends: number[] = []
  for (let at = 0; at < bytes.length; ) {
    at = frameEnd(bytes, at)
    ends.push(at)
  }
  return ends
}

function frameEnd(bytes: Buffer, at: number): number {
  if (bytes.length - at < HEADER_AT) throw new Error('Unknown frame descriptor')
  const magic = bytes.readUInt32LE(at)
  // The last half byte of a skippable frame's magic number is free.
  if ((magic & ~0xf) >>> 0 === SKIPPABLE_FRAME) {
    return within(bytes, within(bytes, at + HEADER_AT + 4) + bytes.readUInt32LE(at + HEADER_AT))
  }
  if (magic !== FRAME) throw new Error('Unknown frame descriptor')
  let next = blocksAt(bytes, at)
  for (let isLast = false; !isLast; ) {
    const blockAt = within(bytes, next + BLOCK_HEADER_BYTES)
    const header = bytes.readUIntLE(next, BLOCK_HEADER_BYTES)
    isLast = (header & 1) === 1
    next = within(bytes, blockAt + (((header >> 1) & 3) === RLE_BLOCK ? 1 : header >> 3))
  }
  return within(bytes, next + (hasContentChecksum(bytes, at) ? CONTENT_CHECKSUM_BYTES : 0))
}

/** Where the first block of the frame at `at` begins: after its descriptor, window, dictionary id and content size. */
function blocksAt(bytes: Buffer, at: number): number {
  const descriptorEnd = within(bytes, at + HEADER_AT + 1)
  const descriptor = bytes.readUInt8(at + HEADER_AT)
  const isSingleSegment = (descriptor & 0x20) !== 0
  const windowBytes = isSingleSegment ? 0 : 1
  const dictionaryIdBytes = [0, 1, 2, 4][descriptor & 3] as number
  const contentSizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] as number
  return descriptorEnd + windowBytes + dictionaryIdBytes + contentSizeBytes
}

function hasContentChecksum(bytes: Buffer, frameAt: number): boolean {
  return (bytes.readUInt8(frameAt + HEADER_AT) & 4) !== 0
}

function within(bytes: Buffer, end: number): number {
  if (end > bytes.length) throw new Error('a frame is cut off')
  return end
}
