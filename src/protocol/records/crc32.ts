/** The CRC-32 of `bytes` from `start` on, as an unsigned number: the checksum of messages of magic 0 and 1. */
export function crc32(bytes: Buffer, start = 0): number {
  // Loaded when first asked for; an import statement would load all of node:zlib at start.
  return process.getBuiltinModule('node:zlib').crc32(start === 0 ? bytes : bytes.subarray(start))
}
