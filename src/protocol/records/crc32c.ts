import { crc32cWasm } from './crc32c-wasm.ts'
import { lazy } from './lazy.ts'

/** Computes a checksum of `bytes` from `start` to `end`, as an unsigned number. */
export type Checksum = (bytes: Uint8Array, start?: number, end?: number) => number

/**
 * CRC-32C (Castagnoli), the checksum of v2 batches. By WebAssembly with its vectors, or in plain JavaScript where there is none,
 * as under `node --jitless`; the answer is the same.
 */
export const crc32c: Checksum = (bytes, start = 0, end = bytes.length) => quickest()(bytes, start, end)

const quickest = lazy((): Checksum => webAssemblyCrc32c() ?? plainCrc32c)

/** CRC-32C in plain JavaScript: eight bytes a step, eight tables. */
export const plainCrc32c: Checksum = (bytes, start = 0, end = bytes.length) => {
  const table = tables()
  let crc = -1
  let i = start
  for (; i + 8 <= end; i += 8) {
    crc ^= word(bytes, i)
    const high = word(bytes, i + 4)
    crc =
      (table[0x700 | (crc & 0xff)] as number) ^
      (table[0x600 | ((crc >>> 8) & 0xff)] as number) ^
      (table[0x500 | ((crc >>> 16) & 0xff)] as number) ^
      (table[0x400 | (crc >>> 24)] as number) ^
      (table[0x300 | (high & 0xff)] as number) ^
      (table[0x200 | ((high >>> 8) & 0xff)] as number) ^
      (table[0x100 | ((high >>> 16) & 0xff)] as number) ^
      (table[high >>> 24] as number)
  }
  for (; i < end; i++) crc = (crc >>> 8) ^ (table[(crc ^ (bytes[i] as number)) & 0xff] as number)
  return ~crc >>> 0
}

function word(bytes: Uint8Array, i: number): number {
  return (
    (bytes[i] as number) |
    ((bytes[i + 1] as number) << 8) |
    ((bytes[i + 2] as number) << 16) |
    ((bytes[i + 3] as number) << 24)
  )
}

/** The polynomial 0x1EDC6F41, its bits in reverse. */
const POLYNOMIAL = 0x82f63b78
const TABLES = 16

/** Table j of 256: the CRCs of each byte with j zero bytes after it. */
const tables = lazy((): Int32Array => {
  const table = new Int32Array(TABLES * 256)
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

/** The module works on its own memory: tables first, then room for bytes, which are copied into it so much at a time. */
const STRIP_SHIFT = TABLES * 1024
const NIBBLES = STRIP_SHIFT + 4 * 1024
const ROOM = NIBBLES + 1024
const CHUNK = 64 * 1024
/** Nothing is ever put here. */
const ZEROS = ROOM + CHUNK
/** The strips of a block, of which the module goes over sixteen at once. */
const STRIP = 256
const BLOCK = 16 * STRIP

/** The part of WebAssembly that is used here: Node's types leave it to those of the DOM. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

interface Crc32cExports {
  readonly memory: { readonly buffer: ArrayBuffer }
  update(crc: number, from: number, to: number): number
  /** The same, of whole blocks alone. */
  blocks(crc: number, from: number, to: number): number
}

/** CRC-32C by WebAssembly; null where it cannot be had. */
export function webAssemblyCrc32c(): Checksum | null {
  const { WebAssembly } = globalThis as { readonly WebAssembly?: WebAssemblyApi }
  if (WebAssembly === undefined) return null
  let exports: Crc32cExports
  try {
    const module = new WebAssembly.Module(Buffer.from(crc32cWasm, 'base64'))
    exports = new WebAssembly.Instance(module).exports as Crc32cExports
  } catch {
    // Compiling may be forbidden, the processor may have no vectors, or the address space be too small for a memory: then the
    // plain one has to do.
    return null
  }
  const { memory, update, blocks } = exports
  const heap = new Uint8Array(memory.buffer)
  // The module wants tables 8 to 15 in descending order. It reads little-endian, whatever the machine's order is.
  const view = new DataView(memory.buffer)
  tables().forEach((crc, i) => {
    const table = i >>> 8
    view.setInt32(((table < 8 ? table : 23 - table) * 256 + (i & 0xff)) * 4, crc, true)
  })
  const tablesOfBlocks = lazy(() => fillTablesOfBlocks(view, update))
  const checksum = (crc: number, from: number, to: number): number => {
    if (to - from < BLOCK) return update(crc, from, to)
    tablesOfBlocks()
    const rest = to - ((to - from) % BLOCK)
    return update(blocks(crc, from, rest), rest, to)
  }
  return (bytes, start = 0, end = bytes.length) => {
    // One that fits is copied as it is: making a view of part of it would cost more than the bytes saved.
    if (bytes.length <= CHUNK) {
      heap.set(bytes, ROOM)
      return ~checksum(-1, ROOM + start, ROOM + end) >>> 0
    }
    let crc = -1
    for (let from = start; from < end; from += CHUNK) {
      const to = Math.min(from + CHUNK, end)
      heap.set(bytes.subarray(from, to), ROOM)
      crc = checksum(crc, ROOM, ROOM + to - from)
    }
    return ~crc >>> 0
  }
}

/** What `blocks` wants: see tools/generate-crc32c-wasm.ts. */
function fillTablesOfBlocks(view: DataView, update: Crc32cExports['update']): true {
  const crcs = tables()
  for (let byte = 0; byte < 4; byte++) {
    for (let nibble = 0; nibble < 16; nibble++) {
      view.setUint8(NIBBLES + byte * 16 + nibble, (crcs[nibble] as number) >>> (8 * byte))
      view.setUint8(NIBBLES + (4 + byte) * 16 + nibble, (crcs[nibble << 4] as number) >>> (8 * byte))
    }
    // The CRC of two registers together is that of the one, and of the other.
    const table = STRIP_SHIFT + byte * 1024
    for (let bit = 0; bit < 8; bit++) {
      const shifted = update(1 << (8 * byte + bit), ZEROS, ZEROS + STRIP)
      for (let i = 0; i < 1 << bit; i++) {
        view.setInt32(table + ((1 << bit) + i) * 4, shifted ^ view.getInt32(table + i * 4, true), true)
      }
    }
  }
  return true
}
