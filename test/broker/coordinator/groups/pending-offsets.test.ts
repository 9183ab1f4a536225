import { describe, expect, test } from 'vitest'
import { OffsetsDriver } from './offsets-driver.ts'

const DAY = 24 * 60 * 60 * 1000
const CHECK = 10 * 60 * 1000

describe('an offset that is written in a transaction', () => {
  test('is seen when the transaction commits, and not before', () => {
    const g = new OffsetsDriver()
    g.commit('g', 'a', 3)
    expect(g.write(1, 'g', 'a', 7)).toBe('NONE')
    expect(g.committed('g', ['a'])).toEqual([3])
    g.end(1, true)
    expect(g.committed('g', ['a'])).toEqual([7])
  })

  test('is gone when the transaction aborts', () => {
    const g = new OffsetsDriver()
    g.write(1, 'g', 'a', 7)
    g.end(1, false)
    g.end(1, true)
    expect(g.committed('g', ['a'])).toEqual([-1])
    expect(g.stable('g', ['a'])).toEqual([-1])
  })

  test('is not seen before its marker is committed, whatever a consumer is told that begins', () => {
    const g = new OffsetsDriver()
    g.write(1, 'g', 'a', 7)
    g.log.keepsUp = false
    g.end(1, true)
    expect(g.committed('g', ['a'])).toEqual([-1])
    expect(g.stable('g', ['a'])).toEqual([7])
    g.followersCatchUp()
    expect(g.committed('g', ['a'])).toEqual([7])
  })

  test('makes its partition unstable for whoever begins to consume, and no other (KIP-447)', () => {
    const g = new OffsetsDriver()
    g.commit('g', 'a', 3)
    g.commit('g', 'b', 4)
    g.write(1, 'g', 'a', 7)
    g.write(1, 'g', 'c', 8)
    expect(g.stable('g', ['a', 'b', 'c'])).toEqual(['UNSTABLE', 4, 'UNSTABLE'])
    // Of all offsets only what is committed is told.
    expect(g.allStable('g')).toEqual({ a: 'UNSTABLE', b: 4 })
    g.end(1, true)
    expect(g.allStable('g')).toEqual({ a: 7, b: 4, c: 8 })
  })

  test('makes a simple group, which stays when the transaction aborts', () => {
    const g = new OffsetsDriver()
    g.write(1, 'g', 'a', 7)
    expect(g.has('g')).toBe(true)
    g.end(1, false)
    expect(g.has('g')).toBe(true)
  })

  test('counts as the last one that the transaction wrote', () => {
    const g = new OffsetsDriver()
    g.write(1, 'g', 'a', 7)
    g.write(1, 'g', 'a', 6)
    g.end(1, true)
    expect(g.committed('g', ['a'])).toEqual([6])
  })

  test('gives way to what was committed outside of the transaction after it', () => {
    const g = new OffsetsDriver()
    g.write(1, 'g', 'a', 7)
    g.commit('g', 'a', 5)
    g.end(1, true)
    expect(g.committed('g', ['a'])).toEqual([5])
  })

  test('gives way to that of another transaction which was written later, though it was committed earlier', () => {
    const g = new OffsetsDriver()
    g.write(1, 'g', 'a', 7)
    g.write(2, 'g', 'a', 9)
    g.end(2, true)
    expect(g.stable('g', ['a'])).toEqual(['UNSTABLE'])
    g.end(1, true)
    expect(g.stable('g', ['a'])).toEqual([9])
  })

  test('belongs to its group and its producer', () => {
    const g = new OffsetsDriver()
    g.write(1, 'g', 'a', 7)
    g.write(2, 'h', 'a', 8)
    expect(g.stable('g', ['a'])).toEqual(['UNSTABLE'])
    g.end(1, true)
    expect(g.stable('g', ['a'])).toEqual([7])
    expect(g.stable('h', ['a'])).toEqual(['UNSTABLE'])
    expect(g.committed('h', ['a'])).toEqual([-1])
  })

  test('with too much metadata is refused, and leaves nothing open', () => {
    const g = new OffsetsDriver()
    const partition = { partition: 0, offset: 1, leaderEpoch: -1, metadata: 'x'.repeat(4097), timestamp: -1 }
    const topics = [{ topic: 'a', topicId: '', partitions: [partition] }]
    expect(g.write(1, 'g', 'a', 1, { topics })).toBe('OFFSET_METADATA_TOO_LARGE')
    expect(g.stable('g', ['a'])).toEqual([-1])
  })
})

describe('a coordinator that moves in the middle of a transaction', () => {
  test('knows what is pending, and who wrote it', () => {
    const g = new OffsetsDriver()
    g.commit('g', 'a', 3)
    g.write(1, 'g', 'a', 7)
    g.write(2, 'g', 'b', 8)
    g.move()
    expect(g.stable('g', ['a', 'b'])).toEqual(['UNSTABLE', 'UNSTABLE'])
    g.end(1, true)
    g.end(2, false)
    expect(g.stable('g', ['a', 'b'])).toEqual([7, -1])
    g.move()
    expect(g.stable('g', ['a', 'b'])).toEqual([7, -1])
  })
})

describe('pending offsets', () => {
  test('are deleted with OffsetDelete: the transaction commits without them', () => {
    const g = new OffsetsDriver()
    g.write(1, 'g', 'a', 7)
    g.write(2, 'g', 'a', 8)
    g.write(1, 'g', 'b', 9)
    g.deleteOffsets('g', ['a'])
    expect(g.stable('g', ['a', 'b'])).toEqual([-1, 'UNSTABLE'])
    g.end(1, true)
    g.end(2, true)
    expect(g.stable('g', ['a', 'b'])).toEqual([-1, 9])
  })

  test('are deleted with their group', () => {
    const g = new OffsetsDriver()
    g.commit('g', 'a', 3)
    g.write(1, 'g', 'a', 7)
    g.write(1, 'g', 'b', 8)
    g.write(1, 'h', 'b', 9)
    g.deleteGroup('g')
    expect(g.has('g')).toBe(false)
    g.end(1, true)
    expect(g.has('g')).toBe(false)
    expect(g.committed('g', ['a', 'b'])).toEqual([-1, -1])
    expect(g.committed('h', ['b'])).toEqual([9])
  })

  test('are deleted with their topic', () => {
    const g = new OffsetsDriver()
    g.write(1, 'g', 'a', 7)
    g.write(1, 'g', 'b', 8)
    g.deleteTopic('a')
    g.end(1, true)
    expect(g.committed('g', ['a', 'b'])).toEqual([-1, 8])
  })

  test('keep what is committed to their partition, and their group, from expiry', () => {
    const g = new OffsetsDriver()
    g.commit('g', 'a', 3)
    g.commit('g', 'b', 4)
    g.write(1, 'g', 'a', 7)
    g.write(2, 'h', 'a', 8)
    g.clock.advance(7 * DAY + CHECK)
    expect(g.committed('g', ['a', 'b'])).toEqual([3, -1])
    expect(g.has('h')).toBe(true)
    g.end(1, false)
    g.end(2, false)
    g.clock.advance(CHECK)
    expect(g.has('g')).toBe(false)
    expect(g.has('h')).toBe(false)
  })
})
