import fc from 'fast-check'
import { expect, test } from 'vitest'
import { uuidFromBytes, uuidToBytes, ZERO_UUID } from '../../src/protocol/uuid.ts'

test('16 bytes and the text of a UUID stand for each other', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const uuid = uuidFromBytes(Buffer.from(bytes))
      expect(uuid).toMatch(/^[A-Za-z0-9_-]{22}$/)
      expect([...uuidToBytes(uuid)]).toEqual([...bytes])
    }),
  )
})

test('the zero UUID is 16 zero bytes', () => {
  expect(uuidFromBytes(Buffer.alloc(16))).toBe(ZERO_UUID)
})

test.each(['', 'AAAA', 'AAAAAAAAAAAAAAAAAAAAAAAA', 'AAAAAAAAAAAAAAAAAAAA!!'])('%j is no UUID', (text) => {
  expect(() => uuidToBytes(text)).toThrow(RangeError)
})
