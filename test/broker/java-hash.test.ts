import { describe, expect, test } from 'vitest'
import { coordinatorPartition } from '../../src/broker/coordinator/locate.ts'
import { inHashMapOrder, javaStringHash } from '../../src/broker/java-hash.ts'

describe("a group's partition", () => {
  test("follows from Java's String.hashCode", () => {
    expect(javaStringHash('')).toBe(0)
    expect(javaStringHash('a')).toBe(97)
    expect(javaStringHash('orders')).toBe(-1008770331)
    expect(javaStringHash('grüße 😀')).toBe(347379084)
  })

  test('counts a negative hash by its absolute value, and the least of all as 0', () => {
    expect(javaStringHash('orders')).toBeLessThan(0)
    expect(coordinatorPartition('orders', 50)).toBe(31)
    expect(javaStringHash('polygenelubricants')).toBe(-(2 ** 31))
    expect(coordinatorPartition('polygenelubricants', 50)).toBe(0)
    expect(coordinatorPartition('polygenelubricants', 7)).toBe(0)
  })
})

test("strings come in the order in which Java's HashMap runs through them", () => {
  expect(inHashMapOrder(['range', 'roundrobin', 'sticky', 'cooperative-sticky'])).toEqual([
    'sticky',
    'range',
    'roundrobin',
    'cooperative-sticky',
  ])
  // From 13 keys on it has 32 buckets.
  const many = Array.from({ length: 14 }, (_, i) => `p-${i}`)
  expect(inHashMapOrder(many).join(' ')).toBe('p-13 p-12 p-11 p-10 p-0 p-2 p-1 p-4 p-3 p-6 p-5 p-8 p-7 p-9')
})
