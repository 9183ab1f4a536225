import type { CompressionType, Magic } from './batch-layout.ts'
import { RecordsError } from './records-error.ts'

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

/** Compresses `bytes` at once. */
export function compress(type: CompressionType, bytes: Buffer, options: CompressOptions = {}): Buffer {
  switch (type) {
    case 'none':
      return bytes
    case 'gzip':
      return zlib().gzipSync(bytes, options.level === undefined ? {} : { level: options.level })
    case 'zstd': {
      const { constants, zstdCompressSync } = zlib()
      const { level } = options
      return zstdCompressSync(
        bytes,
        level === undefined ? {} : { params: { [constants.ZSTD_c_compressionLevel]: level } },
      )
    }
    default:
      throw new RecordsError('UNSUPPORTED_COMPRESSION_TYPE', `No codec for ${type}`)
  }
}

/** Decompresses `bytes` at once; `RecordsError` CORRUPT_MESSAGE when they are not what the codec writes, or become too large. */
export function decompress(type: CompressionType, bytes: Buffer, options: DecompressOptions = {}): Buffer {
  const maxOutputLength = options.maxDecompressedBytes ?? DEFAULT_MAX_DECOMPRESSED_BYTES
  switch (type) {
    case 'none':
      return bytes
    case 'gzip':
      return translated(type, () => zlib().gunzipSync(bytes, { maxOutputLength }))
    case 'zstd':
      return translated(type, () => zlib().zstdDecompressSync(bytes, { maxOutputLength }))
    default:
      throw new RecordsError('UNSUPPORTED_COMPRESSION_TYPE', `No codec for ${type}`)
  }
}

/** node:zlib is loaded when first asked for; an import statement would load it at start. */
function zlib(): typeof import('node:zlib') {
  return process.getBuiltinModule('node:zlib')
}

function translated(type: CompressionType, run: () => Buffer): Buffer {
  try {
    return run()
  } catch (error) {
    throw new RecordsError(
      'CORRUPT_MESSAGE',
      `Cannot decompress ${type}: ${error instanceof Error ? error.message : error}`,
    )
  }
}
