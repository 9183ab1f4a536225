import { describe, expect, test } from 'vitest'
import { invalidTopicName, TopicNames } from '../../../src/broker/controller/topic-names.ts'

describe("a topic's name", () => {
  test('is good when it is made of the letters that Kafka takes', () => {
    for (const name of ['orders', 'a', '__consumer_offsets', 'A-b.c_9', '...', 'x'.repeat(249)]) {
      expect(invalidTopicName(name)).toBeUndefined()
    }
  })

  test.each([
    ['', 'the empty string is not allowed'],
    ['.', "'.' is not allowed"],
    ['..', "'..' is not allowed"],
    ['a/b', "'a/b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"],
    ['größe', "'größe' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"],
    ['a\n', "'a\n' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"],
    ['x'.repeat(250), `the length of '${'x'.repeat(250)}' is longer than the max allowed length 249`],
  ])('is refused, and why: %j', (name, reason) => {
    expect(invalidTopicName(name)).toBe(`Topic name is invalid: ${reason}`)
  })

  test('collides with one that differs only in dots and underscores', () => {
    const names = new TopicNames()
    names.add('a.b')
    expect(names.colliding('a_b')).toBe('a.b')
    expect(names.colliding('a-b')).toBeUndefined()
    expect(names.colliding('ab')).toBeUndefined()
    names.delete('a.b')
    expect(names.colliding('a_b')).toBeUndefined()
  })
})
