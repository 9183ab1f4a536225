import type { CompressionType, Magic } from './batch-layout.ts'
import { lz4, unlz4 } from './lz4.ts'
import { RecordsError } from './records-error.ts'
import { snappy, unsnappy } from './snappy.ts'
import { zstdFrameEnds } from './zstd-frames.ts'

/**
 * How much a batch may decompress to unless told otherwise: 128 MiB, far above what `max.message.bytes` lets real producers send,
 * far below what a decompression bomb of that size would take.
 */
export const DEFAULT_MAX_DECOMPRESSED_BYTES: number = 128 * 1024 * 1024

export interface DecompressOptions {
  /** More than so many bytes are a `RecordsError`; {@link DEFAULT_MAX_DECOMPRESSED_BYTES} when left out. */
  readonly maxDecompressedBytes?: number
  /** The format around the compressed bytes; 2 when left out. lz4 frames of magic 0 have a wrong header checksum (KIP-57). */
  readonly magic?: Magic
}

export interface CompressOptions {
  /** gzip 1 to 9, zstd -131072 to 22; the codec's own default when left out. */
  readonly level?: number
  /** As in {@link DecompressOptions}. */
  readonly magic?: Magic
}

/** Compresses `bytes` at once, into what a broker would write. */
export function compress(type: CompressionType, bytes: Buffer, options: CompressOptions = {}): Buffer {
  const { level } = options
  switch (type) {
    case 'none':
      return bytes
    case 'gzip':
      return zlib().gzipSync(bytes, level === undefined ? {} : { level })
    case 'snappy':
      return snappy(bytes)
    case 'lz4':
      return lz4(bytes, options.magic === 0)
    case 'zstd': {
      const { constants, zstdCompressSync } = zlib()
      const params = level === undefined ? {} : { [constants.ZSTD_c_compressionLevel]: level }
      return zstdCompressSync(bytes, { params })
    }
  }
}

/** Decompresses `bytes` at once; `RecordsError` CORRUPT_MESSAGE when they are not what the codec writes, or become too large. */
export function decompress(type: CompressionType, bytes: Buffer, options: DecompressOptions = {}): Buffer {
  const maxOutputLength = Math.max(1, options.maxDecompressedBytes ?? DEFAULT_MAX_DECOMPRESSED_BYTES)
  switch (type) {
    case 'none':
      return bytes
    case 'gzip':
      return translated(type, maxOutputLength, () => zlib().gunzipSync(bytes, { maxOutputLength }))
    case 'snappy':
      return unsnappy(bytes, maxOutputLength)
    case 'lz4':
      return unlz4(bytes, maxOutputLength, options.magic === 0)
    case 'zstd':
      return translated(type, maxOutputLength, () => unzstd(bytes, maxOutputLength))
  }
}

/** One frame or several. As in Kafka nothing is compressed to nothing, and what comes after a frame is to be another. */
function unzstd(bytes: Buffer, maxOutputLength: number): Buffer {
  const { zstdDecompressSync } = zlib()
  const ends = zstdFrameEnds(bytes)
  if (ends.length === 1) return zstdDecompressSync(bytes, { maxOutputLength })
  const parts: Buffer[] = []
  let begin = 0
  let room = maxOutputLength
  for (const end of ends) {
    const part = zstdDecompressSync(bytes.subarray(begin, end), { maxOutputLength: Math.max(1, room) })
    parts.push(part)
    room -= part.length
    if (room < 0) throw new Error(tooLarge(maxOutputLength))
    begin = end
  }
  return Buffer.concat(parts)
}

/** node:zlib is loaded when first asked for; an import statement would load it at start. */
function zlib(): typeof import('node:zlib') {
  return process.getBuiltinModule('node:zlib')
}

function translated(type: CompressionType, maxBytes: number, run: () => Buffer): Buffer {
  try {
    return run()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reason = code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(maxBytes) : message
    throw new RecordsError('CORRUPT_MESSAGE', `Cannot decompress ${type}: ${reason}`)
  }
}

function tooLarge(maxBytes: number): string {
  return `more than ${maxBytes} bytes come out`
}
