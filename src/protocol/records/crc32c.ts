import { lazy } from './lazy.ts'

/**
 * The CRC-32C (Castagnoli) of `bytes` from `start` to `end`, as an unsigned number.
 */
export function crc32c(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  const table = tables()
  let crc = 0xffffffff
  let i = start
  for (; i + 8 <= end; i += 8) {
    crc ^=
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24)
    crc =
      (table[0x700 | (crc & 0xff)] as number) ^
      (table[0x600 | ((crc >>> 8) & 0xff)] as number) ^
      (table[0x500 | ((crc >>> 16) & 0xff)] as number) ^
      (table[0x400 | (crc >>> 24)] as number) ^
      (table[0x300 | (bytes[i + 4] as number)] as number) ^
      (table[0x200 | (bytes[i + 5] as number)] as number) ^
      (table[0x100 | (bytes[i + 6] as number)] as number) ^
      (table[bytes[i + 7] as number] as number)
  }
  for (; i < end; i++) crc = (crc >>> 8) ^ (table[(crc ^ (bytes[i] as number)) & 0xff] as number)
  return (crc ^ 0xffffffff) >>> 0
}

/** The polynomial 0x1EDC6F41, its bits in reverse. */
const POLYNOMIAL = 0x82f63b78

/** Eight tables of 256: the CRC of a byte with no, one, … seven zero bytes after it. */
const tables = lazy((): Int32Array => {
  const table = new Int32Array(8 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ POLYNOMIAL
    table[byte] = crc
  }
  for (let i = 256; i < table.length; i++) {
    const crc = table[i - 256] as number
    table[i] = (crc >>> 8) ^ (table[crc & 0xff] as number)
  }
  return table
})
