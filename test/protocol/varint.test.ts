import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  readUnsignedVarint,
  readVarint,
  readVarlong,
  sizeOfUnsignedVarint,
  sizeOfVarint,
  sizeOfVarlong,
  VarintError,
  writeUnsignedVarint,
  writeVarint,
  writeVarlong,
} from '../../src/protocol/varint.ts'

function cursor(bytes: Buffer) {
  return { bytes, position: 0, end: bytes.length }
}

/** The encoding by the book: seven bits a byte of the zigzag of a bigint. */
function zigzag(value: bigint): number[] {
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  const bytes: number[] = []
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return [...bytes, Number(rest)]
}

test('an unsigned varint is read as it was written, in the bytes that were told', () => {
  fc.assert(
    fc.property(fc.nat(0x7fffffff), (value) => {
      const bytes = Buffer.alloc(8)
      const end = writeUnsignedVarint(bytes, 1, value)
      expect(end - 1).toBe(sizeOfUnsignedVarint(value))
      const reading = { bytes, position: 1, end }
      expect(readUnsignedVarint(reading)).toBe(value)
      expect(reading.position).toBe(end)
    }),
  )
})

test('a varint is read as it was written, in the bytes that were told', () => {
  fc.assert(
    fc.property(fc.integer(), (value) => {
      const bytes = Buffer.alloc(8)
      const end = writeVarint(bytes, 0, value)
      expect(end).toBe(sizeOfVarint(value))
      expect([...bytes.subarray(0, end)]).toEqual(zigzag(BigInt(value)))
      expect(readVarint({ bytes, position: 0, end })).toBe(value)
    }),
  )
})

test('a varlong is read as it was written, in the bytes that were told', () => {
  fc.assert(
    fc.property(fc.oneof(fc.integer(), fc.maxSafeInteger()), (value) => {
      const bytes = Buffer.alloc(16)
      const end = writeVarlong(bytes, 0, value)
      expect(end).toBe(sizeOfVarlong(value))
      expect([...bytes.subarray(0, end)]).toEqual(zigzag(BigInt(value)))
      expect(readVarlong({ bytes, position: 0, end })).toBe(value)
    }),
  )
})

test('a varlong outside the safe integers is clamped to them', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
      const safe = Math.min(Math.max(Number(value), Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
      expect(readVarlong(cursor(Buffer.from(zigzag(value))))).toBe(safe)
    }),
  )
  expect(readVarlong(cursor(Buffer.from(zigzag(2n ** 63n - 1n))))).toBe(Number.MAX_SAFE_INTEGER)
  expect(readVarlong(cursor(Buffer.from(zigzag(-(2n ** 63n)))))).toBe(Number.MIN_SAFE_INTEGER)
})

test('a varint that does not end is an error, and so is one that is too long', () => {
  for (const read of [readUnsignedVarint, readVarint, readVarlong]) {
    expect(() => read(cursor(Buffer.from([])))).toThrow(VarintError)
    expect(() => read(cursor(Buffer.from([0x80])))).toThrow(VarintError)
    expect(() => read(cursor(Buffer.alloc(11, 0xff)))).toThrow(VarintError)
  }
})
