import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Checksum, crc32c, plainCrc32c, webAssemblyCrc32c } from '../../../src/protocol/records/crc32c.ts'
import { sourceFile } from '../../../tools/generate-crc32c-wasm.ts'

const quick = webAssemblyCrc32c() as Checksum

describe('CRC-32C', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  test.each([
    ['', 0],
    ['123456789', 0xe3069283],
    ['\0'.repeat(32), 0x8a9136aa],
    ['\xff'.repeat(32), 0x62a8ab43],
  ])('of %j is the one that RFC 3720 gives', (text, crc) => {
    const bytes = Buffer.from(text, 'latin1')
    expect([crc32c(bytes), plainCrc32c(bytes), quick(bytes)]).toEqual([crc, crc, crc])
  })

  test('is the same by WebAssembly and in plain JavaScript, of all bytes and of a part of them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.nat(500), fc.nat(500), (bytes, a, b) => {
        const start = Math.min(a, b, bytes.length)
        const end = Math.min(Math.max(a, b), bytes.length)
        expect(quick(bytes, start, end)).toBe(plainCrc32c(bytes, start, end))
      }),
    )
  })

  test('is the same of strips that are gone over at once, whatever stands before and after them', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 64, maxLength: 64 }),
        fc.nat(5000),
        fc.nat(20_000),
        (seed, start, more) => {
          const bytes = Buffer.alloc(start + more)
          for (let i = 0; i < bytes.length; i++) bytes[i] = (seed[i % 61] as number) ^ (i >>> 3)
          expect(quick(bytes, start)).toBe(plainCrc32c(bytes, start))
        },
      ),
    )
  })

  test('is the same where bytes do not fit into the memory of the WebAssembly module at once', () => {
    const bytes = Buffer.alloc(300_000, 'Kafka')
    for (const length of [65_535, 65_536, 65_537, 131_072, 300_000]) {
      expect(quick(bytes.subarray(0, length), 21)).toBe(plainCrc32c(bytes.subarray(0, length), 21))
    }
  })

  test('comes from the WebAssembly module that the generator in tools makes', () => {
    const file = new URL('../../../src/protocol/records/crc32c-wasm.ts', import.meta.url)
    expect(readFileSync(file, 'utf8')).toBe(sourceFile())
  })

  test('can do without WebAssembly', () => {
    vi.stubGlobal('WebAssembly', undefined)
    expect(webAssemblyCrc32c()).toBeNull()
    vi.stubGlobal('WebAssembly', {
      Module: class {
        constructor() {
          throw new Error('Wasm code generation disallowed by embedder')
        }
      },
    })
    expect(webAssemblyCrc32c()).toBeNull()
  })
})
