import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compressionTypes } from '../../../src/protocol/records/batch-layout.ts'
import { compress, decompress } from '../../../src/protocol/records/compression.ts'
import { RecordsError } from '../../../src/protocol/records/records-error.ts'
import { xxhash32 } from '../../../src/protocol/records/xxhash32.ts'

/** Bytes of all kinds: noise, long runs, and a few words over and over. */
const contents = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(fc.nat(255), fc.nat(5000)).map(([byte, length]) => new Uint8Array(length).fill(byte)),
      fc
        .tuple(fc.constantFrom('topic', 'partition ', '{"offset":'), fc.nat(400))
        .map(([word, times]) => Buffer.from(word.repeat(times))),
    ),
    { maxLength: 20 },
  )
  .map((parts) => Buffer.concat(parts))

const codecs = compressionTypes.filter((type) => type !== 'none')
const text = Buffer.from('Kafka remembers. '.repeat(10_000))

function outcome(run: () => Buffer): Buffer | RecordsError {
  try {
    return run()
  } catch (error) {
    if (error instanceof RecordsError) return error
    throw error
  }
}

describe.each(codecs)('%s', (type) => {
  test('gives back what was put in', () => {
    fc.assert(
      fc.property(contents, fc.constantFrom(0 as const, 1 as const, 2 as const), (bytes, magic) => {
        expect(decompress(type, compress(type, bytes, { magic }), { magic }).equals(bytes)).toBe(true)
      }),
    )
  })

  test('makes what repeats itself smaller', () => {
    expect(compress(type, text).length).toBeLessThan(text.length / 10)
  })

  test('stops at the limit: a decompression bomb is a RecordsError', () => {
    const bomb = compress(type, Buffer.alloc(4_000_000))
    expect(() => decompress(type, bomb, { maxDecompressedBytes: 3_999_999 })).toThrow(RecordsError)
    expect(decompress(type, bomb, { maxDecompressedBytes: 4_000_000 }).length).toBe(4_000_000)
  })

  test('throws nothing but RecordsError for bytes of any kind', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        outcome(() => decompress(type, Buffer.from(bytes), { maxDecompressedBytes: 100_000 }))
      }),
    )
  })

  test('throws nothing but RecordsError for bytes that have suffered, and gives out no more than allowed', () => {
    fc.assert(
      fc.property(contents, fc.nat(), fc.nat(255), (bytes, at, byte) => {
        const packed = Buffer.from(compress(type, bytes))
        packed[at % packed.length] = byte
        const result = outcome(() => decompress(type, packed, { maxDecompressedBytes: 200_000 }))
        if (Buffer.isBuffer(result)) expect(result.length).toBeLessThanOrEqual(200_000)
      }),
    )
  })

  test('does not take a part for the whole', () => {
    const packed = compress(type, text.subarray(0, 2000))
    for (let length = 0; length < packed.length; length++) {
      const result = outcome(() => decompress(type, packed.subarray(0, length)))
      if (Buffer.isBuffer(result)) expect(result.length).toBeLessThan(type === 'zstd' && length > 0 ? 0 : 2000)
    }
  })
})

test('levels of compression are the codec library’s', () => {
  for (const level of [1, 9]) {
    expect(compress('gzip', text, { level })).toEqual(gzipSync(text, { level }))
    expect(zstdDecompressSync(compress('zstd', text, { level }))).toEqual(text)
  }
  expect(compress('zstd', text, { level: 19 }).length).toBeLessThanOrEqual(zstdCompressSync(text).length)
  expect(gunzipSync(compress('gzip', text))).toEqual(text)
})

describe('zstd', () => {
  const frame = compress('zstd', Buffer.from('hello'))

  test('is read in several frames, and nothing is none', () => {
    expect(decompress('zstd', Buffer.concat([frame, frame])).toString()).toBe('hellohello')
    expect(decompress('zstd', Buffer.alloc(0))).toHaveLength(0)
  })

  test('is refused with anything else after a frame', () => {
    expect(() => decompress('zstd', Buffer.concat([frame, Buffer.alloc(4)]))).toThrow(/Unknown frame descriptor/)
  })

  test('is refused when a later frame is cut off', () => {
    for (let length = frame.length + 1; length < 2 * frame.length; length++) {
      expect(() => decompress('zstd', Buffer.concat([frame, frame]).subarray(0, length))).toThrow(RecordsError)
    }
  })

  test('is bounded over all its frames together', () => {
    const frames = Buffer.concat([frame, frame, compress('zstd', Buffer.from('!'))])
    expect(decompress('zstd', frames, { maxDecompressedBytes: 11 }).toString()).toBe('hellohello!')
    for (const maxDecompressedBytes of [10, 9, 5, 4]) {
      expect(() => decompress('zstd', frames, { maxDecompressedBytes })).toThrow(/more than/)
    }
  })

  test('is read whatever its frames tell of themselves', () => {
    const { ZSTD_c_checksumFlag, ZSTD_c_contentSizeFlag, ZSTD_c_windowLog } = constants
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(1, 900),
        fc.constantFrom(0, 1),
        fc.constantFrom(0, 1),
        (bytes, repeats, checksum, contentSize) => {
          const plain = Buffer.concat(Array.from({ length: repeats }, () => bytes))
          const params = {
            [ZSTD_c_checksumFlag]: checksum,
            [ZSTD_c_contentSizeFlag]: contentSize,
            [ZSTD_c_windowLog]: 10,
          }
          const packed = zstdCompressSync(plain, { params })
          expect(
            decompress('zstd', Buffer.concat([packed, frame])).equals(Buffer.concat([plain, Buffer.from('hello')])),
          ).toBe(true)
        },
      ),
    )
  })

  test('passes over skippable frames', () => {
    const skippable = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])
    expect(decompress('zstd', Buffer.concat([skippable, frame, skippable, frame])).toString()).toBe('hellohello')
  })
})

describe('snappy', () => {
  const hello = Buffer.from([5, 4 << 2, ...Buffer.from('hello')])
  const stream = (...blocks: Buffer[]) =>
    Buffer.concat([
      Buffer.from('\x82SNAPPY\0\0\0\0\x01\0\0\0\x01', 'latin1'),
      ...blocks.flatMap((block) => [Buffer.from([0, 0, 0, block.length]), block]),
    ])

  test('is read in one raw block, as librdkafka sends it', () => {
    expect(decompress('snappy', hello).toString()).toBe('hello')
  })

  test('is read in a stream of blocks, and in one stream after another', () => {
    expect(decompress('snappy', stream(hello, hello)).toString()).toBe('hellohello')
    expect(decompress('snappy', Buffer.concat([stream(hello), stream(hello)])).toString()).toBe('hellohello')
    expect(decompress('snappy', stream()).length).toBe(0)
  })

  test('is written as the stream of snappy-java', () => {
    expect(compress('snappy', Buffer.from('a')).subarray(0, 16)).toEqual(stream())
  })

  test('knows copies of all three kinds, and ones that overlap what they write', () => {
    const literal = [3 << 2, ...Buffer.from('abcd')]
    const near = [1 | ((4 - 4) << 2), 4] // 4 bytes from 4 before
    const far = [2 | ((6 - 1) << 2), 2, 0] // 6 bytes from 2 before
    const farther = [3 | ((3 - 1) << 2), 14, 0, 0, 0] // 3 bytes from 14 before
    const block = Buffer.from([17, ...literal, ...near, ...far, ...farther])
    expect(decompress('snappy', block).toString()).toBe('abcdabcdcdcdcdabc')
  })

  test.each([
    ['reaches back to before the block', [4, 0, 97, 1 | (0 << 2), 2]],
    ['reaches back by nothing', [5, 0, 97, 1 | (0 << 2), 0]],
    ['says more than the block', [3, 0, 97, 1 | (0 << 2), 1]],
    ['says less than the block', [9, 0, 97, 1 | (0 << 2), 1]],
    ['is cut off', [9, 0, 97, 2 | (5 << 2), 1]],
  ])('does not take a block whose copy %s', (_, bytes) => {
    expect(() => decompress('snappy', Buffer.from(bytes))).toThrow(RecordsError)
  })

  test('does not believe a length that no block of its size can have', () => {
    expect(() => decompress('snappy', Buffer.from([0xff, 0xff, 0xff, 0x1f, 0, 97]))).toThrow(/cannot hold/)
  })
})

describe('lz4', () => {
  // The content of these frames: 'aaaaaaaa' as one literal, a match of 4 + 3 bytes, and the last literals that lz4 wants.
  const block = [0x13, 97, 1, 0, 0x00]
  const frame = (flags: number, extra: number[], body: number[]) => {
    const descriptor = Buffer.from([flags, 0x40, ...extra])
    return Buffer.from([0x04, 0x22, 0x4d, 0x18, ...descriptor, (xxhash32(descriptor) >>> 8) & 0xff, ...body])
  }
  const sized = (bytes: number[], top = 0) => [bytes.length, 0, 0, top, ...bytes]
  const end = [0, 0, 0, 0]
  const checksum = (bytes: number[]) => {
    const hash = Buffer.alloc(4)
    hash.writeUInt32LE(xxhash32(Buffer.from(bytes)))
    return [...hash]
  }

  test('is read with block checksums, content checksum and content size', () => {
    const size = [8, 0, 0, 0, 0, 0, 0, 0]
    const bytes = frame(0x7c, size, [...sized(block), ...checksum(block), ...end, 1, 2, 3, 4])
    expect(decompress('lz4', bytes).toString()).toBe('aaaaaaaa')
  })

  test('is read with blocks that lean on those before them', () => {
    const leaning = [0x03, 8, 0, 0x10, 98] // a match of 7 bytes from 8 before, then one literal
    expect(decompress('lz4', frame(0x40, [], [...sized(block), ...sized(leaning), ...end])).toString()).toBe(
      'aaaaaaaaaaaaaaab',
    )
    expect(() => decompress('lz4', frame(0x60, [], [...sized(block), ...sized(leaning), ...end]))).toThrow(
      /out of the block/,
    )
  })

  test('is read up to the end of its first frame', () => {
    const one = frame(0x60, [], [...sized(block), ...end])
    for (const after of [one, Buffer.alloc(4)]) {
      expect(decompress('lz4', Buffer.concat([one, after])).toString()).toBe('aaaaaaaa')
    }
    const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])
    expect(() => decompress('lz4', Buffer.concat([skippable, one]))).toThrow(/invalid magic bytes/)
  })

  test('is read with blocks kept as they are', () => {
    expect(decompress('lz4', frame(0x60, [], [...sized([104, 105], 0x80), ...end])).toString()).toBe('hi')
  })

  test('wants the right checksum of the header from magic 1 on, and none before', () => {
    const wrong = compress('lz4', text, { magic: 0 })
    const right = compress('lz4', text, { magic: 1 })
    expect(wrong[6]).not.toBe(right[6])
    for (const bytes of [wrong, right]) expect(decompress('lz4', bytes, { magic: 0 })).toEqual(text)
    for (const magic of [1, 2] as const) {
      expect(() => decompress('lz4', wrong, { magic })).toThrow(/Stream frame descriptor corrupted/)
      expect(decompress('lz4', right, { magic })).toEqual(text)
    }
  })

  test.each([
    ['a wrong block checksum', frame(0x70, [], [...sized(block), 1, 2, 3, 4, ...end]), /Block checksum mismatch/],
    ['no lz4 at all', Buffer.from('PK\x03\x04 and more'), /invalid magic bytes/],
    ['a block larger than its frame allows', frame(0x60, [], [1, 0, 1, 0]), /exceeded max/],
    ['another version', frame(0xa0, [], end), /Version 2 is unsupported/],
    ['a dictionary', frame(0x61, [1, 2, 3, 4], end), /Dictionaries/],
    ['no end', frame(0x60, [], sized(block)), /ended prematurely/],
  ])('does not take %s', (_, bytes, reason) => {
    expect(() => decompress('lz4', bytes)).toThrow(reason)
  })
})

test('xxHash32 is the one that its specification gives', () => {
  expect(xxhash32(Buffer.from(''))).toBe(0x02cc5d05)
  expect(xxhash32(Buffer.from('a'))).toBe(0x550d7456)
  expect(xxhash32(Buffer.from('abc'))).toBe(0x32d153ff)
  expect(xxhash32(Buffer.from('Nobody inspects the spammish repetition'))).toBe(0xe2293b2f)
})
